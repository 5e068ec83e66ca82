/** A column under a new name beside its old one: both can be read and written from the expand to the contract. Pure. */
import { quoteIdentifier, quoteName } from '../../statement/change.ts';
import {
  addColumns,
  addForeignKeys,
  affectedForeignKeys,
  createTrigger,
  dropSync,
  fillAndConstrain,
} from '../type-change/build.ts';
import { createIndex } from '../type-change/indexes.ts';
import {
  alterTable,
  findMove,
  type Move,
  type PlannedStatement,
  partsOf,
  quoteKey,
  type Sides,
  shadowName,
  shadowsOf,
  type TableMove,
} from '../type-change/move.ts';
import { isPrimary, nameOfKey } from '../type-change/parts.ts';
import type { TypeChangePlan } from '../type-change/plan-type-change.ts';
import { dropForeignKeys, giveNames, inSwap, moveIdentity, renameForeignKey, takeNames } from '../type-change/swap.ts';
import { createVirtuals, dropVirtuals, validateVirtuals } from '../type-change/virtuals.ts';
import { type ColumnRename, type Pair, planMove, readPairs, renderSync, type Twin } from './twins.ts';

/** The machinery of type changes, with a trigger that works both ways and a shadow that has its final name at once. H44. */
export function planColumnRenames(
  renames: readonly ColumnRename[],
  sides: Sides,
  { version }: { readonly version: number },
): TypeChangePlan {
  const { before, after } = sides;
  const there = planMove(renames, { suffix: 'new', from: before, goal: after, version });
  const back = planMove(renames, { suffix: 'old', from: after, goal: before, version });
  const pairs = readPairs(there, back, sides);
  return {
    expand: {
      up: [...pairs.flatMap(pair => addBeside(pair, 'to')), ...fillAndConstrain(there)],
      down: [
        ...dropForeignKeys(affectedForeignKeys(after, there), 'new'),
        ...pairs.flatMap(pair => inSwap(pair.there, dropBeside(pair, 'to'))),
      ],
    },
    contract: {
      up: [
        // each of them locks two tables: by itself, and before the tables that it would hold up
        ...dropForeignKeys(affectedForeignKeys(before, back)),
        ...pairs.flatMap(pair => inSwap(pair.there, removeOldName(pair, there))),
        ...pairs.flatMap(pair => validateVirtuals(pair.there)).map(sql => ({ sql })),
        ...renameElsewhere(there),
      ],
      down: [
        ...pairs.flatMap(pair => addBeside(pair, 'from')),
        ...fillAndConstrain(back),
        ...dropForeignKeys(affectedForeignKeys(after, there)),
        ...pairs.flatMap(pair => inSwap(pair.there, bringOldNameBack(pair, { there, back }))),
        ...pairs.flatMap(pair => validateVirtuals(pair.back)).map(sql => ({ sql })),
        ...renameElsewhere(back),
        ...rebuildKeys(there),
      ],
    },
  };
}

type Side = 'from' | 'to';

/** One transaction: no row is written that has the column without the trigger, or without its default. */
function addBeside(pair: Pair, side: Side): PlannedStatement[] {
  const { there, back, twins } = pair;
  const statements = [
    ...addColumns(side === 'to' ? there : back),
    ...createTrigger(there, 'new', { body: renderSync(pair) }),
    ...twins.flatMap(twin => {
      const value = twin.shared[side];
      return value === undefined ? [] : [{ sql: setDefault(there, twin[side], value) }];
    }),
  ];
  return inSwap(
    there,
    statements.map(({ sql }) => sql),
  );
}

function dropBeside({ there, twins }: Pair, side: Side): string[] {
  const [trigger, routine] = dropSync(there, 'new').map(({ sql }) => sql);
  return [
    ...(trigger ? [trigger] : []),
    ...twins.map(twin => `${alterTable(there.key)} drop column if exists ${quoteIdentifier(twin[side])}`),
    ...(routine ? [routine] : []),
  ];
}

/** A sequence goes with the column that owns it, and so gets its other owner before. */
function removeOldName(pair: Pair, there: Move): string[] {
  const { key } = pair.there;
  return [
    ...pair.twins.flatMap(twin => ownSequences(pair.there, twin, 'to')),
    ...moveIdentity(pair.there, ({ name }) => ({ from: nameBeside(pair, name), to: name })),
    ...dropVirtuals(pair.there),
    ...dropBeside(pair, 'from'),
    ...takeNames(pair.there, there, 'new'),
    ...renamesOfForeignKeys(there, table => table === key),
    ...pair.twins.flatMap(twin => (twin.moved?.to ? [setDefault(pair.there, twin.to, twin.moved.to)] : [])),
    ...createVirtuals(pair.there),
  ];
}

function nameBeside({ twins }: Pair, name: string): string {
  const twin = twins.find(({ from, to }) => name === from || name === to);
  return (name === twin?.to ? twin.from : twin?.to) ?? name;
}

/** Afterwards everything is called as the expand had left it. */
function bringOldNameBack(pair: Pair, { there, back }: { readonly there: Move; readonly back: Move }): string[] {
  const { key } = pair.there;
  return [
    ...giveNames(pair.back, there),
    ...takeNames(pair.back, back, 'old'),
    ...renamesOfForeignKeys(back, table => table === key),
    ...pair.twins.flatMap(({ from, to, moved }) => [
      ...(moved?.to ? [`${alterTable(key)} alter column ${quoteIdentifier(to)} drop default`] : []),
      ...(moved?.from ? [setDefault(pair.there, from, moved.from)] : []),
    ]),
    ...pair.twins.flatMap(twin => ownSequences(pair.there, twin, 'from')),
    ...moveIdentity(pair.back, ({ name }) => ({ from: nameBeside(pair, name), to: name })),
    ...pair.there.columns
      .filter(({ goal }) => goal.identity !== '')
      .map(({ name }) => `${alterTable(key)} alter column ${quoteIdentifier(name)} drop identity`),
    ...dropVirtuals(pair.back),
    ...createVirtuals(pair.back),
  ];
}

/** The index of a primary key went with its constraint, and the foreign keys to it before. */
function rebuildKeys(there: Move): PlannedStatement[] {
  const indexes = there.tables.flatMap(table =>
    partsOf(table, table.goal)
      .keys.filter(isPrimary)
      .map(({ name, index }) => ({
        sql: createIndex(index, { table, name: shadowName(name, 'new'), columns: shadowsOf(table) }),
      })),
  );
  return [...indexes, ...addForeignKeys(there, affectedForeignKeys(there.goal, there))];
}

function renameElsewhere(move: Move): PlannedStatement[] {
  return renamesOfForeignKeys(move, table => !findMove(move, table)).map(sql => ({ sql }));
}

function renamesOfForeignKeys(move: Move, isOn: (table: string) => boolean): string[] {
  return affectedForeignKeys(move.goal, move)
    .filter(({ table }) => isOn(table))
    .map(key => renameForeignKey(key, move.suffix));
}

function setDefault({ key }: TableMove, column: string, value: string): string {
  return `${alterTable(key)} alter column ${quoteIdentifier(column)} set default ${value}`;
}

function ownSequences({ key }: TableMove, twin: Twin, side: Side): string[] {
  return twin.sequences.map(
    sequence =>
      `alter sequence ${quoteName(nameOfKey(sequence))} owned by ${quoteKey(key)}.${quoteIdentifier(twin[side])}`,
  );
}
