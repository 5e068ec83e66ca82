/** A random change as an acceptance case. */
import { defineEntity, type EntitySchema, p } from '@mikro-orm/postgresql';
import { quoteIdentifier } from '../../src/statement/change.ts';
import type { AcceptanceCase } from './harness.ts';
import { type Column, type ForeignKey, nameOn, type Side, type Sides, type Table } from './random-tables.ts';
import { type ColumnState, partsOf } from './random-types.ts';

export function readCase(tables: readonly Table[]): AcceptanceCase {
  const decisions = { rename: [] as string[], drop: [] as string[], fill: [] as string[] };
  const lost: string[] = [];
  for (const own of tables) {
    if (isGone(own)) {
      decisions.drop.push(cut(own.name));
    }
    if (own.before && own.after) {
      decideTable(own, tables, decisions, lost);
    }
  }
  const gains = tables.some(({ before, after, columns }) => {
    const mood = columns.find(({ type }) => type === 'enum');
    return before && after && mood?.before && mood.after;
  });
  return {
    name: 'random',
    before: entitiesOf(tables, 'before'),
    after: entitiesOf(tables, 'after'),
    rows: rowsOf(tables),
    decisions,
    steps: [],
    lost,
    ...(gains ? { stays: 'enums' } : {}),
  };
}

/** Questions name a table and its columns as they were; a value for new rows names them as they will be. */
function decideTable(
  own: Table,
  tables: readonly Table[],
  { rename, drop, fill }: Record<'rename' | 'drop' | 'fill', string[]>,
  lost: string[],
): void {
  const [old, now] = [cut(nameOn(own, 'before')), cut(own.name)];
  if (old !== now) {
    rename.push(`${old}:${now}`);
  }
  for (const key of own.foreignKeys.map(each => visibleKey(tables, own, each))) {
    for (const column of keyColumns(key, tables).map(cut)) {
      drop.push(...(isGone(key) ? [`${old}.${column}`] : []));
      fill.push(...(isNew(key) && !key.after?.nullable ? [`${now}.${column}=1`] : []));
      fill.push(...(isGone(key) && !key.before?.nullable ? [`${old}.${column}=1`] : []));
      lost.push(...(isGone(key) || isNew(key) ? [`${old}.${column}`] : []));
    }
  }
  for (const each of own.columns) {
    const [from, to] = [cut(nameOn(each, 'before')), cut(each.name)];
    rename.push(...(from === to ? [] : [`${old}.${from}:${to}`]));
    drop.push(...(isGone(each) ? [`${old}.${from}`] : []));
    lost.push(...(isGone(each) ? [`${old}.${from}`] : []));
    const needsValue = each.after && isNew(each) && !each.after.nullable && defaultOf(each, 'after') === undefined;
    fill.push(...(needsValue ? [`${now}.${to}=${partsOf(each.type).value}`] : []));
    const comesBack = each.before && isGone(each) && !each.before.nullable && defaultOf(each, 'before') === undefined;
    fill.push(...(comesBack ? [`${old}.${from}=${partsOf(each.type).value}`] : []));
  }
}

function isGone(own: Sides<unknown>): boolean {
  return own.before !== undefined && own.after === undefined;
}

function isNew(own: Sides<unknown>): boolean {
  return own.before === undefined && own.after !== undefined;
}

/** It is there where both of its tables are, and required only where a row to refer to is there too, on the way back as well. */
function visibleKey(tables: readonly Table[], own: Table, key: ForeignKey): ForeignKey {
  const target = tables[key.target];
  const before = own.before && target?.before ? key.before : undefined;
  const after = own.after && target?.after ? key.after : undefined;
  const hasRow = target?.before !== undefined && target.after !== undefined;
  return {
    name: key.name,
    target: key.target,
    ...(before ? { before: { ...before, nullable: before.nullable || !hasRow } } : {}),
    ...(after ? { after: { ...after, nullable: after.nullable || !hasRow } } : {}),
  };
}

function keyColumns({ name, target }: ForeignKey, tables: readonly Table[]): string[] {
  return tables[target]?.isComposite ? [name, `2${name}`] : [name];
}

function entitiesOf(tables: readonly Table[], side: Side): EntitySchema[] {
  const entities = new Map<number, EntitySchema>();
  for (const [at, own] of tables.entries()) {
    if (own[side]) {
      entities.set(at, entityOf(tables, { at, side, entities }));
    }
  }
  return [...entities.values()];
}

interface Part {
  readonly at: number;
  readonly side: Side;
  readonly entities: ReadonlyMap<number, EntitySchema>;
}

function entityOf(tables: readonly Table[], { at, side, entities }: Part): EntitySchema {
  const own = tables[at] as Table;
  const properties: Record<string, unknown> = { id: p.integer().primary() };
  if (own.isComposite) {
    properties.id2 = p.integer().primary();
  }
  for (const [position, each] of own.columns.entries()) {
    if (each[side]) {
      properties[`c${position}`] = propertyOf(each, each[side], { side, pair: own.pair });
    }
  }
  for (const [position, each] of own.foreignKeys.entries()) {
    const state = visibleKey(tables, own, each)[side];
    if (state) {
      properties[`f${position}`] = () => {
        const key = p.manyToOne(entities.get(each.target) as never).joinColumns(...keyColumns(each, tables));
        const ruled = state.cascade ? key.deleteRule('cascade') : key;
        return state.nullable ? ruled.nullable() : ruled;
      };
    }
  }
  return defineEntity({
    name: `E${at}`,
    tableName: nameOn(own, side),
    ...(own[side]?.comment ? { comment: `of ${side === 'after' ? 'new' : 'old'} things` } : {}),
    properties,
    checks: checksOf(own, side),
    indexes: indexesOf(own, side),
  } as never) as unknown as EntitySchema;
}

function checksOf(own: Table, side: Side): object[] {
  return own.checks.flatMap(each => {
    const found = columnAt(own, each.column, side);
    const conditions = found && partsOf(found.type).checks;
    const state = each[side];
    const condition = state && conditions?.[state.variant % conditions.length];
    return found && condition
      ? [{ name: each.name, expression: condition(quoteIdentifier(cut(nameOn(found, side)))) }]
      : [];
  });
}

function indexesOf(own: Table, side: Side): object[] {
  return own.indexes.flatMap(({ name, columns: positions, ...states }): object[] => {
    const state = states[side];
    const columns = positions.map(position => [`c${position}`, columnAt(own, position, side)] as const);
    const canBe = columns.every(([, found]) => found && partsOf(found.type).canBeIndexed !== false);
    const [[, first]] = columns as [(typeof columns)[number]];
    if (!state || !canBe || !first) {
      return [];
    }
    const expression = state.expression && partsOf(first.type).expression;
    if (expression) {
      const key = expression(quoteIdentifier(cut(nameOn(first, side))));
      const table = quoteIdentifier(cut(nameOn(own, side)));
      return [{ name, expression: `create index ${quoteIdentifier(name)} on ${table} (${key})` }];
    }
    return [
      {
        name,
        properties: columns.map(([key]) => key),
        ...(state.descending ? { columns: columns.map(([key]) => ({ name: key, sort: 'DESC' })) } : {}),
        ...(state.partial ? { where: 'id > 0' } : {}),
        ...(state.unique ? { unique: true } : {}),
      },
    ];
  });
}

function columnAt(own: Table, position: number, side: Side): Column | undefined {
  const found = own.columns[position];
  return found?.[side] ? found : undefined;
}

function propertyOf(own: Column, state: ColumnState, place: { side: Side; pair: number }): unknown {
  let property = partsOf(own.type).build(state, place).fieldName(nameOn(own, place.side));
  const value = defaultOf(own, place.side);
  property = value === undefined ? property : property.defaultRaw(value);
  property = state.unique && partsOf(own.type).canBeIndexed !== false ? property.unique() : property;
  property = state.comment ? property.comment(`what "it" is, isn't it`) : property;
  return state.nullable ? property.nullable() : property;
}

function defaultOf({ type, ...own }: Column, side: Side): string | undefined {
  return partsOf(type).defaults[own[side]?.default ?? -1];
}

/** One row in each table that stays. */
function rowsOf(tables: readonly Table[]): string {
  return tables
    .filter(({ before, after }) => before && after)
    .map(own => {
      const columns = own.columns.filter(({ before }) => before);
      const keys = own.foreignKeys.map(each => visibleKey(tables, own, each)).filter(each => each.before);
      const ids = own.isComposite ? ['id', 'id2'] : ['id'];
      const referring = keys.flatMap(key =>
        // a table that goes has no rows to refer to
        keyColumns(key, tables).map(name => [name, tables[key.target]?.after ? '1' : 'null'] as const),
      );
      const values = [
        ...ids.map(name => [name, '1'] as const),
        ...columns.map(each => [nameOn(each, 'before'), partsOf(each.type).value] as const),
        ...referring,
      ];
      const names = values.map(([name]) => quoteIdentifier(name)).join(', ');
      const table = quoteIdentifier(nameOn(own, 'before'));
      return `insert into ${table} (${names}) values (${values.map(([, value]) => value).join(', ')});`;
    })
    .join('\n');
}

/** As PostgreSQL keeps a name. */
function cut(own: string): string {
  return Buffer.from(own)
    .subarray(0, 63)
    .toString()
    .replace(/\uFFFD$/, '');
}
