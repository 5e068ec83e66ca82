/** The online steps that bring the differences of a database back to what its migrations make. Pure. */
import type { ColumnCatalog } from '../catalog/catalog.ts';
import type { Difference } from '../catalog/compare-catalogs.ts';
import type { DatabaseFacts } from '../catalog/facts.ts';
import type { Step } from '../plan/plan.ts';
import { judgeMigration } from '../planner/judge-migration.ts';
import { operationsOf } from '../planner/operations.ts';
import { quoteIdentifier, quoteLiteral, quoteName } from '../statement/change.ts';
import { renderRemedy } from './remedy.ts';

/** Steps for one difference. */
export interface Mend {
  readonly steps: readonly Step[];
  /** A query that finds a row where it is as it should be: there the steps would fail. */
  readonly isThere?: string;
}

export interface Mends {
  readonly mends: readonly Mend[];
  /** For what no statement is known, or none that is online. */
  readonly byHand: readonly Difference[];
}

export async function planMends(differences: readonly Difference[], facts: DatabaseFacts): Promise<Mends> {
  const mends: Mend[] = [];
  const byHand: Difference[] = [];
  let known = facts;
  for (const difference of differences) {
    const sql = renderMend(difference);
    const judged = sql === undefined ? [] : [{ sql, operations: await operationsOf(sql) }];
    const { steps, refusals, facts: after } = judgeMigration(judged, known, { rewrite: true });
    if (steps.length === 0 || refusals.length > 0) {
      byHand.push(difference);
      continue;
    }
    known = after;
    const isThere = renderIsThere(difference);
    mends.push({ steps, ...(isThere === undefined ? {} : { isThere }) });
  }
  return { mends, byHand };
}

function renderMend(difference: Difference): string | undefined {
  const { object, relation, name = '', property, before, after } = difference;
  if (object === 'column' && property === undefined && after === undefined) {
    return renderColumn(relation, name, before as ColumnCatalog);
  }
  // what is there in another form is somebody's to look at, unless a statement may run twice
  const isProperty = property === 'default' || property === 'comment' || property === 'notNull';
  const isMissing = after === undefined && (object === 'constraint' || object === 'index');
  return isMissing || isProperty ? renderRemedy(difference).down : undefined;
}

/** One that needs a value in rows that are there wants a person. */
function renderColumn(relation: string, name: string, column: ColumnCatalog): string | undefined {
  const isPlain = column.identity === '' && column.generated === '' && !column.default?.startsWith('nextval(');
  if (!isPlain || (column.notNull && column.default === null)) {
    return undefined;
  }
  const parts = [
    column.type,
    ...(column.default === null ? [] : [`default ${column.default}`]),
    ...(column.notNull ? ['not null'] : []),
  ];
  return `alter table ${quoted(relation)} add column ${quoteIdentifier(name)} ${parts.join(' ')}`;
}

/** A column and an index say `if not exists` themselves, and a default or comment may be set twice. */
function renderIsThere({ object, relation, name = '', property }: Difference): string | undefined {
  const table = `to_regclass(${quoteLiteral(quoted(relation))})`;
  const text = quoteLiteral(name);
  if (object === 'constraint') {
    return `select 1 from pg_constraint where conrelid = ${table} and conname = ${text}`;
  }
  return property === 'notNull'
    ? `select 1 from pg_attribute where attrelid = ${table} and attname = ${text} and attnotnull`
    : undefined;
}

function quoted(relation: string): string {
  const [schema = '', name = ''] = [
    relation.slice(0, relation.indexOf('.')),
    relation.slice(relation.indexOf('.') + 1),
  ];
  return quoteName(schema === 'public' ? { name } : { schema, name });
}
