/** A table under a new name, with a view of the old one through which the old release goes on reading and writing. Pure. */
import { type Change, type ObjectName, quoteIdentifier, quoteName, renderName } from '../../statement/change.ts';
import type { Decisions } from '../decisions.ts';
import type { Refusal } from '../judge-migration.ts';
import type { About } from '../type-change/describe.ts';
import type { PlannedStatement } from '../type-change/move.ts';
import type { TypeChangePlan } from '../type-change/plan-type-change.ts';

export interface TableRename {
  readonly table: ObjectName;
  readonly to: string;
  /** Those that the old release knows; all where that is not known. */
  readonly columns?: readonly string[];
}

/** A view of one table can be written to: its defaults, sequences, triggers and `returning` are the table's. H45. */
export function planTableRenames(renames: readonly TableRename[]): TypeChangePlan {
  return {
    expand: {
      up: renames.flatMap(rename =>
        inSwap(rename.table, [renameTable(rename.table, rename.to), ...createView(rename).map(({ sql }) => sql)]),
      ),
      down: renames.toReversed().flatMap(rename => {
        const table = { ...rename.table, name: rename.to };
        return inSwap(table, [dropView(rename), renameTable(table, rename.table.name)]);
      }),
    },
    contract: {
      up: renames.map(rename => ({ sql: dropView(rename) })),
      down: renames.toReversed().flatMap(createView),
    },
  };
}

function inSwap(table: ObjectName, statements: readonly string[]): PlannedStatement[] {
  return statements.map(sql => ({ sql, swap: renderName(table) }));
}

function renameTable(table: ObjectName, to: string): string {
  return `alter table ${quoteName(table)} rename to ${quoteIdentifier(to)}`;
}

/**
 * Whoever reads or writes through it does so in his own name, and needs his rights on the table: it is open to all, and gives
 * nobody more. https://www.postgresql.org/docs/current/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS
 */
function createView({ table, to, columns = [] }: TableRename): PlannedStatement[] {
  const list = columns.length === 0 ? '*' : columns.map(quoteIdentifier).join(', ');
  const [view, target] = [quoteName(table), quoteName({ ...table, name: to })];
  return [
    { sql: `create or replace view ${view} with (security_invoker = true) as select ${list} from ${target}` },
    { sql: `grant select, insert, update, delete on ${view} to public` },
  ];
}

function dropView({ table }: TableRename): string {
  return `drop view if exists ${quoteName(table)}`;
}

/** The view has the columns as they are, under the names that they have now. */
export function refuseOtherChanges(
  renames: readonly TableRename[],
  changes: readonly Change[],
  decisions: Decisions,
): Refusal[] {
  return renames.flatMap(rename => {
    const { table, to } = rename;
    const own = renderName({ ...table, name: to });
    const columns = [
      ...[...decisions.renames.keys()].filter(name => name.startsWith(`${renderName(table)}.`)),
      ...changes.flatMap(change =>
        change.kind === 'alter column' && change.alteration.to === 'type' && renderName(change.table) === own
          ? [`${own}.${change.column}`]
          : [],
      ),
    ];
    return columns.map((name): Refusal => {
      const happens = `${name} changes its name or type in the change that renames its table.`;
      const hurts =
        'The view of the old name would show another column than the old release knows, or hold up the change.';
      const remedy = ['make two changes: first the table, and once its contract has run, the column'];
      const verdict = { kind: 'refuse', happens, hurts, remedy } as const;
      return { statement: 1, sql: renameTable(table, to), rule: 'rename-table', verdict };
    });
  });
}

export function describeTableRenames(renames: readonly TableRename[]): Record<'expand' | 'contract', About> {
  const old = renames.map(({ table }) => renderName(table)).join(' and ');
  const own = renames.map(({ table, to }) => renderName({ ...table, name: to })).join(' and ');
  const name = `rename_${old}_to_${own}`.replace(/\W+/g, '_').toLowerCase();
  return {
    expand: {
      name,
      purpose: `Call ${old} ${own}, and leave a view of the old name through which rows can be read and written`,
      rollback: `${own} is called ${old} again; no data is lost`,
      deploy: 'before the release that knows the new name; the old one goes on through the view',
    },
    contract: {
      name: `${name}_contract`,
      purpose: `Remove the old name ${old}: a view of ${own}`,
      rollback: `the view ${old} comes back; no data is lost`,
      deploy: 'when the release that knows the new name is everywhere',
    },
  };
}
