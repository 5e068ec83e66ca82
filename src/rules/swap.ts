import type { TableFacts } from '../catalog/facts.ts';
import { type Change, quoteIdentifier, renderName } from '../statement/change.ts';
import { mentionsColumn } from '../statement/rename-columns.ts';
import { locksOn, shown } from './alter-table.ts';
import { isPlainDrop, viewsOver } from './drops.ts';
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
  'rename table',
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
    case 'rename table':
      return judgeTableRename(sql, change, context);
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

/** Nobody misses the name that the table leaves to a view of it, or takes back from one. */
function judgeTableRename(
  sql: string,
  { table, to }: Extract<Change, { kind: 'rename table' }>,
  context: RuleContext,
): Verdict | undefined {
  const names = [renderName(table), renderName({ ...table, name: to })];
  return names.some(name => context.swap?.views?.has(name))
    ? online({ sql, rule: id, locks: locksOn([table], 'ACCESS EXCLUSIVE', context) })
    : undefined;
}

function judgeDrop(
  sql: string,
  { table, column }: Extract<Change, { kind: 'drop column' }>,
  context: RuleContext,
): Verdict | undefined {
  const facts = context.facts.tables[renderName(table)];
  const { returning, computed, endsSync, ...taking } = context.swap as Swap;
  const isComputed = computed?.has(column) === true && facts?.columns[column]?.isGenerated === true;
  const lost = findLost(facts, column, taking);
  if ((returning.has(column) || isComputed) && lost.length > 0) {
    return refuseLost(column, lost);
  }
  const hasDependents = viewsOver(facts, column).length > 0;
  const isReplaced = (returning.has(column) || isComputed || endsSync) && isPlainDrop(sql) && !hasDependents;
  const hazards = isComputed
    ? []
    : returning.has(column)
      ? [`The column that takes the name of ${shown(table)}."${column}" has its values.`]
      : [`Its values stay: the trigger has kept them in another column of ${shown(table)}.`];
  return isReplaced
    ? online({ sql, rule: id, phase: 'contract', locks: locksOn([table], 'ACCESS EXCLUSIVE', context), hazards })
    : undefined;
}

/** PostgreSQL drops them with the column, without a word, and nothing takes their names. */
function findLost(facts: TableFacts | undefined, column: string, { taken }: Pick<Swap, 'taken'>): string[] {
  const { indexes = {}, constraints = {}, uses = [] } = facts ?? {};
  const parts = [
    ...Object.entries(indexes).filter(
      ([, { columns, definition }]) => columns.includes(column) || isOver(definition, column),
    ),
    ...Object.entries(constraints).filter(([, { type, columns }]) => type !== 'not null' && columns.includes(column)),
  ];
  const silent = uses.filter(use => use.column === column && /generated column|statistics/.test(use.kind));
  const names = [...parts.map(([name]) => name), ...silent.map(({ name }) => name)];
  return [...new Set(names)].filter(name => !taken.has(name.slice(name.indexOf('.') + 1)));
}

function isOver(definition: string, column: string): boolean {
  return mentionsColumn(definition.slice(definition.search(/\susing\s/i)), column);
}

function refuseLost(column: string, names: readonly string[]): Verdict {
  const lost = names.map(quoteIdentifier).join(', ');
  return {
    kind: 'refuse',
    happens: `PostgreSQL drops ${lost} together with "${column}", and the swap gives ${names.length === 1 ? 'its name' : 'their names'} to nothing new.`,
    hurts: 'Queries, or a rule for the rows, are without it from then on, and nobody is told.',
    remedy: [
      'made by somebody else: adopt it in an entity, so that the migration builds it for the new column too;',
      'not needed any more: drop it in a statement of its own before the swap',
    ],
  };
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
