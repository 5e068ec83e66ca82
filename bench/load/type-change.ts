/** The statements that `migration:create` writes for integer to bigint, expand and contract one after the other. */
import type { Catalog } from '../../src/catalog/catalog.ts';
import type { PlannedStatement } from '../../src/planner/type-change/move.ts';
import { planTypeChanges } from '../../src/planner/type-change/plan-type-change.ts';

/** The body of `up`. */
export function renderTypeChange(): string {
  const { expand, contract } = planTypeChanges(
    [{ table: { name: 'lessons' }, column: 'score' }],
    { before: catalog('integer'), after: catalog('bigint') },
    { facts: { version: 18, tables: {}, volatility: {}, types: {}, indexes: {} } },
  );
  return [...expand.up, ...contract.up].map(renderStatement).join('\n');
}

function renderStatement({ sql, backfill, swap }: PlannedStatement): string {
  if (backfill) {
    return `this.backfill(${JSON.stringify(backfill.table)}, ${JSON.stringify({ set: backfill.set, where: backfill.where })});`;
  }
  const text = JSON.stringify(sql);
  return swap === undefined ? `this.addSql(${text});` : `this.swap(${JSON.stringify(swap)}, [${text}]);`;
}

function catalog(type: string): Catalog {
  const column = {
    type,
    notNull: false,
    default: null,
    generated: '',
    identity: '',
    collation: null,
    comment: null,
    settings: '',
  };
  const lessons = { columns: { score: column }, constraints: {}, indexes: {}, triggers: {}, comment: null };
  const described = { policies: {}, rowSecurity: '', partition: '', settings: '' };
  return {
    version: 18,
    tables: { 'public.lessons': { ...lessons, ...described } },
    enums: {},
    sequences: {},
    views: {},
    viewIndexes: {},
    routines: {},
    others: { type: {}, statistics: {}, schema: {}, extension: {}, comment: {} },
  };
}
