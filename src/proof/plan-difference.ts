/** The change from the migrations to the entities under the decisions of a person, without phantoms. */
import { type DatabaseSchema, SchemaComparator } from '@mikro-orm/sql';
import { type Catalog, isPartition } from '../catalog/catalog.ts';
import { compareCatalogs } from '../catalog/compare-catalogs.ts';
import { renameCatalog } from '../catalog/rename-catalog.ts';
import { MigrationError } from '../errors.ts';
import { compareKeys, findKeyColumns, removeKeyColumns } from '../generator/key-columns.ts';
import { keepValuesIn, type Rename, relaxIn, removeFrom, renameIn, renameValuesIn } from '../generator/mikro-schema.ts';
import { decideEnums, renameValues } from '../planner/decide-enums.ts';
import type { Decisions } from '../planner/decisions.ts';
import type { SqlDifference } from '../planner/plan-files.ts';
import type { SchemaOutline } from '../planner/question.ts';
import { alignSchema } from './align.ts';
import type { OrmParts, Sides } from './compare.ts';
import { qualified, takeExpressions } from './introspect.ts';
import { isLeftAlone } from './left-alone.ts';
import { assertSamePartitioning, planNewPartitions } from './partitions.ts';
import { findUnseen, type UnseenDifference } from './unseen.ts';

/** The columns of each table, enough to know what has to be asked; a partition is a part of its table, and no question by itself. */
export function outlineCatalog({ tables }: Catalog): SchemaOutline {
  return Object.fromEntries(
    Object.entries(tables)
      .filter(([, table]) => !isPartition(table))
      .map(([table, { columns }]) => {
        return [
          shortName(table),
          Object.fromEntries(
            Object.entries(columns).map(([name, column]) => {
              const hasValue = !column.notNull || column.default !== null || column.generated || column.identity;
              return [name, { type: column.type, needsValue: !hasValue }];
            }),
          ),
        ];
      }),
  );
}

/**
 * The statements, what goes apart from the rest; what MikroORM's comparator does not see is added as PostgreSQL says it.
 * @param sides used up: the comparison changes them.
 * @throws MigrationError (exit code 2) for what no statement does while everybody goes on.
 */
export async function planDifference(
  { platform, generator }: OrmParts,
  { target, copies: [full, reduced], isWhole = false, ...sides }: Sides,
  decisions: Decisions,
): Promise<SqlDifference> {
  const { history: made, entities } = decideEnums(sides, decisions);
  const history = renameCatalog(made, decisions.renames);
  assertSamePartitioning({ history, entities });
  const values = renameValues(sides.history.enums, sides.entities.enums, decisions);
  keepValuesIn(target, entities.enums);
  const compare = (from: DatabaseSchema, to: DatabaseSchema): string =>
    generator
      .diffToSQL(new SchemaComparator(platform).compare(from, to), { wrap: false, safe: false, dropTables: true })
      .trim();
  const decide = (schema: DatabaseSchema, gone: ReadonlySet<string>): Rename[] => {
    renameValuesIn(schema, decisions);
    relaxIn(schema, decisions);
    removeFrom(schema, gone);
    const renames = renameIn(schema, decisions);
    for (const table of schema.getTables()) {
      takeExpressions(table, history.tables[qualified(table)]);
    }
    alignSchema(schema, target, { history, entities });
    return renames;
  };
  const { drops, keeps } = decisions;
  const keys = findKeyColumns(full, decisions);
  const renames = [...values, ...decide(full, keeps)];
  // nothing goes in most changes: there is one schema then, and half the comparisons
  const kept = drops.size === 0 ? full : reduced;
  if (kept === reduced) {
    decide(reduced, keeps.union(drops).difference(new Set(keys.map(({ name }) => name))));
  }
  const changed = compareKeys({ from: kept, target }, keys, () => {
    const down = compare(target, kept);
    // the way back computes them again; from here on they are plain on both sides
    for (const schema of new Set([full, kept])) {
      makePlainIn(schema, { history, entities });
    }
    return { up: compare(kept, target), down };
  });
  removeKeyColumns({ full, reduced }, keys);
  const partitions = planNewPartitions({ history, entities });
  const expand = {
    up: joined([changed.up, ...partitions.up]),
    down: joined([...partitions.down, changed.down]),
  };
  const contract = kept === full ? { up: '', down: '' } : { up: compare(full, reduced), down: compare(reduced, full) };
  const seen = [expand.up, contract.up].filter(sql => sql !== '');
  const unseen = await findUnseen(compareCatalogs(history, entities), seen.join(';\n'));
  const missed = unseen.filter(
    difference => !isDecided(difference, decisions) && (isWhole || !isLeftAlone(difference)),
  );
  assertAllPlanned(isWhole ? [] : missed);
  return { renames, expand: withUnseen(expand, missed), contract };
}

/** A stored column that becomes a plain one keeps its values: MikroORM would drop it and add it again. */
function makePlainIn(schema: DatabaseSchema, { history, entities }: Record<'history' | 'entities', Catalog>): void {
  for (const table of schema.getTables()) {
    const [before, after] = [history, entities].map(({ tables }) => tables[qualified(table)]?.columns);
    for (const column of table.getColumns()) {
      const [old, wanted] = [before?.[column.name], after?.[column.name]];
      if (old?.generated === 's' && wanted?.generated === '' && old.type === wanted.type) {
        table.addColumn({ ...column, generated: undefined, default: undefined, defaultRaw: undefined } as never);
      }
    }
  }
}

/** What belongs to a table or column that was dropped or left is answered with it. */
function isDecided({ relation, name, after }: UnseenDifference, { renames, drops, keeps }: Decisions): boolean {
  const table = shortName(relation);
  const decided = [...drops, ...keeps].map(key => renamePath(key, renames));
  return (
    decided.includes(table) ||
    decided.includes(`${table}.${name}`) ||
    (after === undefined && decided.some(key => key.startsWith(`${table}.`)))
  );
}

/** `notes.title` where the table has another name now. */
function renamePath(path: string, renames: Decisions['renames']): string {
  const table = [...renames.keys()].find(key => path.startsWith(`${key}.`));
  return table === undefined ? path : `${renames.get(table)}${path.slice(table.length)}`;
}

function withUnseen(
  { up, down }: { up: string; down: string },
  missed: readonly UnseenDifference[],
): { up: string; down: string } {
  return {
    up: joined([up, ...missed.map(difference => difference.up)]),
    down: joined([...missed.toReversed().map(difference => difference.down), down]),
  };
}

function joined(statements: readonly (string | undefined)[]): string {
  return statements
    .filter(sql => sql !== undefined && sql !== '')
    .map(sql => sql?.replace(/;\s*$/, ''))
    .join(';\n');
}

function shortName(table: string): string {
  return table.replace(/^public\./, '');
}

/**
 * Values of an enum and tables have their own questions; all else has a statement, or would be passed over without a word.
 * @throws MigrationError (exit code 2) for the rest: another collation, for example.
 */
function assertAllPlanned(missed: readonly UnseenDifference[]): void {
  const left = missed.filter(({ object, up }) => up === undefined && object !== 'enum' && object !== 'table');
  if (left.length > 0) {
    throw new MigrationError(
      {
        title: 'A part of the change has no statement that could run while everybody goes on',
        subject: left.map(renderUnplanned).join('\n'),
        happens: 'MikroORM does not see it, and no steps for it are known.',
        hurts: 'The database would stay as it is, and no command would say so.',
        remedy: [
          'npx mikro-orm migration:create --blank, and in it what is to be beside what is, filled and swapped;',
          "on a small table:  this.assumeSafe('why', `alter table … alter column … type … collate …`)",
        ],
        left: 'Nothing was written.',
      },
      { exitCode: 2 },
    );
  }
}

function renderUnplanned({ object, relation, name, property, before, after }: UnseenDifference): string {
  const path = name === undefined ? shortName(relation) : `${shortName(relation)}.${name}`;
  const show = (side: unknown): string => (side === undefined || side === null ? 'none' : String(side));
  return `${object} ${path}${property ? ` (${property})` : ''}: is ${show(before)}, is to be ${show(after)}`;
}
