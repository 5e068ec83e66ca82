/** The statements that put the columns of the other type in the place of the old ones: a transaction for each table. Pure. */
import { quoteIdentifier, quoteLiteral, quoteName } from '../../statement/change.ts';
import { affectedForeignKeys, createSync, dropSync, notNullName } from './build.ts';
import { addKey } from './indexes.ts';
import {
  alterTable,
  findMove,
  type Move,
  type PlannedStatement,
  partsOf,
  quoteKey,
  shadowName,
  type TableMove,
} from './move.ts';
import { renameHandedDown, renameOnPartitions } from './partitioned.ts';
import { catalogKey, type ForeignKey, isPrimary, type NamedDefinition, nameOfKey, renderKey } from './parts.ts';
import { createVirtuals, dropVirtuals, validateVirtuals } from './virtuals.ts';

/** After the swap only the new columns are there; nothing is left of the old ones. */
export function swapAndDrop(move: Move): PlannedStatement[] {
  const { suffix } = move;
  const foreignKeys = affectedForeignKeys(move.goal, move);
  return [
    // each of them locks two tables: by itself, and before the tables that it would hold up
    ...dropForeignKeys(affectedForeignKeys(move.from, move)),
    ...move.tables.flatMap(dropGoneIndexes),
    ...move.tables.flatMap(table =>
      inSwap(table, [
        ...dropTrigger(table, suffix),
        ...dropViews(table),
        ...dropVirtuals(table),
        ...dropGone(table),
        ...ownSequences(table, move, ({ shadow }) => shadow),
        ...moveIdentity(table, ({ name, shadow }) => ({ from: name, to: shadow })),
        ...table.columns.map(({ name }) => `${alterTable(table.key)} drop column if exists ${quoteIdentifier(name)}`),
        ...table.columns.map(({ name, shadow }) => renameColumn(table, shadow, name)),
        ...takeNames(table, move, suffix),
        ...foreignKeys.filter(key => key.table === table.key).map(key => renameForeignKey(key, suffix)),
        ...setDefaults(table),
        ...alterSequences(table, move),
        ...dropFunction(table, suffix),
        ...createVirtuals(table),
        ...createViews(table),
      ]),
    ),
    ...move.tables.flatMap(validateVirtuals).map(sql => ({ sql })),
    ...foreignKeys.filter(key => !findMove(move, key.table)).map(key => ({ sql: renameForeignKey(key, suffix) })),
    ...renameHandedDown(foreignKeys, move),
  ];
}

/**
 * After the swap the columns of `move` have the names, and those that had them stand beside, filled by a trigger: as an expand of
 * `other` leaves them, so that it can be swapped again.
 */
export function swapBeside(move: Move, opposite: Move): PlannedStatement[] {
  const [own, other] = [move.suffix, opposite.suffix];
  const goneKeys = affectedForeignKeys(move.from, move);
  const goalKeys = affectedForeignKeys(move.goal, move);
  return [
    ...dropForeignKeys(goneKeys),
    ...move.tables.flatMap(table => {
      const there = findMove(opposite, table.key) ?? table;
      return inSwap(table, [
        ...dropTrigger(table, own),
        ...dropViews(table),
        ...dropVirtuals(table),
        ...there.columns.map(({ name, shadow }) => renameColumn(table, name, shadow)),
        ...table.columns.map(({ name, shadow }) => renameColumn(table, shadow, name)),
        ...giveNames(table, opposite),
        ...takeNames(table, move, own),
        ...goalKeys.filter(key => key.table === table.key).map(key => renameForeignKey(key, own)),
        ...there.columns
          .filter(({ goal, hasDefault }) => goal.default !== null && !hasDefault)
          .map(({ shadow }) => `${alterTable(table.key)} alter column ${quoteIdentifier(shadow)} drop default`),
        ...setDefaults(table),
        ...ownSequences(table, move, ({ name }) => name),
        ...moveIdentity(table, ({ name }) => ({ from: shadowName(name, other), to: name })),
        ...there.columns
          .filter(({ goal }) => goal.identity !== '')
          .map(({ shadow }) => `${alterTable(table.key)} alter column ${quoteIdentifier(shadow)} drop identity`),
        ...alterSequences(table, move),
        ...dropFunction(table, own),
        ...createSync(there, other).map(({ sql }) => sql),
        ...createVirtuals(table),
        ...createViews(table),
      ]);
    }),
    ...move.tables.flatMap(validateVirtuals).map(sql => ({ sql })),
    ...goalKeys.filter(key => !findMove(move, key.table)).map(key => ({ sql: renameForeignKey(key, own) })),
    ...renameHandedDown(goalKeys, move),
  ];
}

export function inSwap({ key }: TableMove, statements: readonly string[]): PlannedStatement[] {
  return statements.map(sql => ({ sql, swap: renderKey(key) }));
}

function dropViews({ views = [] }: TableMove): string[] {
  return views.toReversed().map(({ name }) => `drop view if exists ${quoteKey(catalogKey({ name }))}`);
}

function createViews({ views = [] }: TableMove): string[] {
  return views.map(
    ({ name, definition }) => `create view ${quoteKey(catalogKey({ name }))} as ${definition.trim().replace(/;$/, '')}`,
  );
}

/** What the entities do without from now on: said, although it would go with the column. */
function dropGone(table: TableMove): string[] {
  const [before, after] = [partsOf(table, table.from), partsOf(table, table.goal)];
  const stays = new Set([...after.indexes, ...after.checks, ...after.keys].map(({ name }) => name));
  const gone = (parts: readonly NamedDefinition[]): string[] =>
    parts.map(({ name }) => name).filter(name => !stays.has(name));
  return [...gone(before.checks), ...gone(before.keys)].map(
    name => `${alterTable(table.key)} drop constraint if exists ${quoteIdentifier(name)}`,
  );
}

/** Indexes that the entities do without from now on go before the swap. */
function dropGoneIndexes(table: TableMove): PlannedStatement[] {
  const after = new Set(partsOf(table, table.goal).indexes.map(({ name }) => name));
  const { schema } = nameOfKey(table.key);
  return partsOf(table, table.from)
    .indexes.filter(({ name }) => !after.has(name))
    .map(({ name }) => ({
      sql: `drop index concurrently if exists ${quoteName(schema === undefined ? { name } : { schema, name })}`,
    }));
}

export function dropForeignKeys(foreignKeys: readonly ForeignKey[], suffix?: Move['suffix']): PlannedStatement[] {
  return foreignKeys.map(({ table, name }) => ({
    sql: `${alterTable(table)} drop constraint if exists ${quoteIdentifier(suffix ? shadowName(name, suffix) : name)}`,
  }));
}

export function renameForeignKey({ table, name }: ForeignKey, suffix: Move['suffix']): string {
  return renameConstraint(table, shadowName(name, suffix), name);
}

function dropTrigger(table: TableMove, suffix: Move['suffix']): string[] {
  return dropSync(table, suffix)
    .slice(0, 1)
    .map(({ sql }) => sql);
}

function dropFunction(table: TableMove, suffix: Move['suffix']): string[] {
  return dropSync(table, suffix)
    .slice(1)
    .map(({ sql }) => sql);
}

/** What was built beside the old gets the names that the old had. */
export function takeNames(table: TableMove, { version, buildsUnique }: Move, suffix: Move['suffix']): string[] {
  const { key } = table;
  const { indexes, checks, keys } = partsOf(table, table.goal);
  return [
    ...notNullNames(table, version).map(name => renameConstraint(key, shadowName(name, suffix), name)),
    ...checks.map(({ name }) => renameConstraint(key, shadowName(name, suffix), name)),
    ...indexes.map(({ name }) => renameIndex(key, shadowName(name, suffix), name)),
    ...keys.map(own =>
      isBuilt(own, table, buildsUnique)
        ? renameConstraint(key, shadowName(own.name, suffix), own.name)
        : addKey(table, own, shadowName(own.name, suffix)),
    ),
    ...renameOnPartitions(table, name => ({ from: shadowName(name, suffix), to: name })),
  ];
}

/** The parts of the columns that step back make room. A key goes with its index: no statement takes one from the other. */
export function giveNames(table: TableMove, opposite: Move): string[] {
  const { key } = table;
  const { suffix, version, buildsUnique } = opposite;
  const there = findMove(opposite, key) ?? table;
  const { indexes, checks, keys } = partsOf(there, there.goal);
  return [
    ...notNullNames(there, version).map(name => renameConstraint(key, name, shadowName(name, suffix))),
    ...checks.map(({ name }) => renameConstraint(key, name, shadowName(name, suffix))),
    ...indexes.map(({ name }) => renameIndex(key, name, shadowName(name, suffix))),
    ...keys.map(own =>
      isBuilt(own, table, buildsUnique)
        ? renameConstraint(key, own.name, shadowName(own.name, suffix))
        : `${alterTable(key)} drop constraint if exists ${quoteIdentifier(own.name)}`,
    ),
    ...renameOnPartitions(there, name => ({ from: name, to: shadowName(name, suffix) })),
  ];
}

/** A constraint already, beside the old one. */
function isBuilt(key: NamedDefinition, { partitions = [] }: TableMove, buildsUnique = false): boolean {
  return (buildsUnique || partitions.length > 0) && !isPrimary(key);
}

function notNullNames({ key, columns }: TableMove, version: number): string[] {
  return version < 18 ? [] : columns.filter(({ goal }) => goal.notNull).map(({ name }) => notNullName(key, name));
}

function setDefaults({ key, columns }: TableMove): string[] {
  return columns.flatMap(({ name, goal }) =>
    goal.default === null
      ? []
      : [`${alterTable(key)} alter column ${quoteIdentifier(name)} set default ${goal.default}`],
  );
}

/** A sequence goes with the column that owns it: before that it gets another owner. */
function ownSequences(table: TableMove, move: Move, owner: (column: TableMove['columns'][number]) => string): string[] {
  return withoutIdentity(table).flatMap(column =>
    sequencesOf(table, column.name, move.goal.sequences).map(
      sequence =>
        `alter sequence ${quoteName(nameOfKey(sequence))} owned by ${quoteKey(table.key)}.${quoteIdentifier(owner(column))}`,
    ),
  );
}

/** The new column numbers itself from where the old one is: nobody inserts meanwhile, under the lock of the swap. */
export function moveIdentity(
  { key, columns }: TableMove,
  ends: (column: TableMove['columns'][number]) => { readonly from: string; readonly to: string },
): string[] {
  return columns
    .filter(({ goal }) => goal.identity !== '')
    .flatMap(column => {
      const { from, to } = ends(column);
      const kind = column.goal.identity === 'a' ? 'always' : 'by default';
      const sequence = (name: string): string =>
        `pg_get_serial_sequence(${quoteLiteral(quoteKey(key))}, ${quoteLiteral(name)})`;
      const last = `pg_sequence_last_value(${sequence(from)}::regclass)`;
      return [
        `${alterTable(key)} alter column ${quoteIdentifier(to)} add generated ${kind} as identity`,
        `select setval(${sequence(to)}, coalesce(${last}, 1), ${last} is not null)`,
      ];
    });
}

function alterSequences(table: TableMove, { from, goal }: Move): string[] {
  return withoutIdentity(table).flatMap(({ name }) =>
    sequencesOf(table, name, goal.sequences).flatMap(sequence => {
      const [before, after] = [typeOf(from.sequences[sequence]), typeOf(goal.sequences[sequence])];
      return before === after || after === undefined
        ? []
        : [`alter sequence ${quoteName(nameOfKey(sequence))} as ${after}`];
    }),
  );
}

/** The sequence of an identity column belongs to it for good. */
function withoutIdentity({ columns }: TableMove): TableMove['columns'] {
  return columns.filter(({ goal }) => goal.identity === '');
}

function sequencesOf({ key }: TableMove, column: string, sequences: Readonly<Record<string, string>>): string[] {
  return Object.keys(sequences).filter(name => sequences[name]?.endsWith(` owner ${key}.${column}`));
}

/** `bigint start 1 increment 1 owner public.users.id` */
function typeOf(sequence: string | undefined): string | undefined {
  return sequence?.slice(0, sequence.indexOf(' start '));
}

function renameColumn({ key }: TableMove, from: string, to: string): string {
  return `${alterTable(key)} rename column ${quoteIdentifier(from)} to ${quoteIdentifier(to)}`;
}

function renameConstraint(key: string, from: string, to: string): string {
  return `${alterTable(key)} rename constraint ${quoteIdentifier(from)} to ${quoteIdentifier(to)}`;
}

function renameIndex(key: string, from: string, to: string): string {
  const { schema } = nameOfKey(key);
  const name = quoteName(schema === undefined ? { name: from } : { schema, name: from });
  return `alter index ${name} rename to ${quoteIdentifier(to)}`;
}
