import { type Change, quoteIdentifier, renderName } from '../statement/change.ts';
import { locksOn, shown } from './alter-table.ts';
import { isPlainDrop } from './drops.ts';
import { online, type Rule, type RuleContext, type Verdict } from './rule.ts';

const id = 'swap';

/** What a swap may hold: nothing that reads rows, and of tables only its own. */
const QUICK: ReadonlySet<Change['kind']> = new Set([
  'alter column',
  'add column',
  'add constraint',
  'comment',
  'create routine',
  'create trigger',
  'create view',
  'drop column',
  'drop constraint',
  'drop routine',
  'drop trigger',
  'drop type',
  'drop view',
  'other',
  'rename column',
  'rename constraint',
  'rename index',
  'select',
]);

/** Instant for PostgreSQL, and for a running release too where the name stays: another column takes it in the same transaction. H37, H49. */
export const swap: Rule = {
  id,
  title: 'Within a swap a column gives its name to another one, in one transaction',
  judge({ sql, change }, context) {
    if (context.swap === undefined) {
      return undefined;
    }
    const stranger = findStranger(change, context.swap);
    return stranger === undefined ? judgeOwn(sql, change, context) : refuseStranger(stranger, context.swap.table);
  },
};

type Swap = NonNullable<RuleContext['swap']>;

/** The type or sequence of a column that takes the place of another's. */
const RENAMED = /^RenameStmt OBJECT_(?:TYPE|SEQUENCE)$/;

/** What goes here is only what the expand made beside it; what is not said here is for the other rules. */
function judgeOwn(sql: string, change: Change, context: RuleContext): Verdict | undefined {
  const parts = { sql, rule: id, phase: 'contract' } as const;
  switch (change.kind) {
    case 'rename column':
      return judgeRename(sql, change, context);
    case 'drop column':
      return judgeDrop(sql, change, context);
    case 'drop trigger':
      return isPlainDrop(sql)
        ? online({ ...parts, locks: locksOn([change.table], 'ACCESS EXCLUSIVE', context) })
        : undefined;
    case 'rename constraint':
      return online({ ...parts, locks: locksOn([change.table], 'ACCESS EXCLUSIVE', context) });
    case 'drop routine':
      return isPlainDrop(sql) ? online(parts) : undefined;
    case 'other':
      return RENAMED.test(change.statement) ? online(parts) : undefined;
    default:
      return undefined;
  }
}

function judgeRename(
  sql: string,
  { table, column, to }: Extract<Change, { kind: 'rename column' }>,
  context: RuleContext,
): Verdict | undefined {
  const { returning, vacated } = context.swap as Swap;
  const parts = { sql, rule: id, phase: 'contract', locks: locksOn([table], 'ACCESS EXCLUSIVE', context) } as const;
  if (vacated.has(to)) {
    const hazards = [
      `A named prepared statement that returns ${quoteIdentifier(to)} fails once on each open connection: 0A000, "cached plan must not change result type".`,
    ];
    return online({ ...parts, hazards });
  }
  return returning.has(column) ? online(parts) : undefined;
}

function judgeDrop(
  sql: string,
  { table, column }: Extract<Change, { kind: 'drop column' }>,
  context: RuleContext,
): Verdict | undefined {
  const { dependents = [] } = context.facts.tables[renderName(table)] ?? {};
  const { returning, endsSync } = context.swap as Swap;
  const isReplaced = (returning.has(column) || endsSync) && isPlainDrop(sql) && dependents.length === 0;
  const hazards = returning.has(column)
    ? [`The column that takes the name of ${shown(table)}."${column}" has its values.`]
    : [`Its values stay: the trigger has kept them in another column of ${shown(table)}.`];
  return isReplaced
    ? online({ sql, rule: id, phase: 'contract', locks: locksOn([table], 'ACCESS EXCLUSIVE', context), hazards })
    : undefined;
}

function findStranger(change: Change, { table }: Swap): string | undefined {
  if (!QUICK.has(change.kind)) {
    return `"${change.kind}"`;
  }
  return 'table' in change && change.table && renderName(change.table) !== table ? shown(change.table) : undefined;
}

function refuseStranger(what: string, table: string): Verdict {
  return {
    kind: 'refuse',
    happens: `The swap of "${table}" holds its ACCESS EXCLUSIVE lock until ${what} is done too.`,
    hurts: `Every read and write of "${table}" waits until then.`,
    remedy: ['take it out of this.swap(…), into a statement of its own: this.addSql(…)'],
  };
}
