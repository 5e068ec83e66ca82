import { type ChangeOf, type Column, type ObjectName, renderName } from '../statement/change.ts';
import { renameColumns } from '../statement/rename-columns.ts';
import { editTable, filterConstraints, mapConstraints } from './edit-facts.ts';
import type { ColumnFacts, DatabaseFacts, IndexFacts, TableFacts } from './facts.ts';
import { generateName } from './generated-names.ts';
import { formatType, isSerial } from './type-names.ts';

/** The facts of a column that is created. */
export function columnFacts({ type, notNull: isNotNull, default: value, generated, identity }: Column): ColumnFacts {
  return {
    type: formatType(type),
    notNull: isNotNull || identity || isSerial(type),
    hasDefault: identity || isSerial(type) || (value !== undefined && !value.isNull),
    isGenerated: generated !== undefined,
  };
}

/** Makes columns not null; since 18 a constraint says so. A constraint that is there already is validated by it. */
export function notNull(facts: DatabaseFacts, table: ObjectName, columns: readonly string[]): DatabaseFacts {
  return columns.reduce((before, column) => {
    const set = editColumn(before, renderName(table), column, own => ({ ...own, notNull: true }));
    return editTable(set, renderName(table), own => ({
      ...own,
      constraints: withNotNull(
        own,
        column,
        () => generateName({ table, columns: [column], label: 'not_null' }, set),
        set,
      ),
    }));
  }, facts);
}

function withNotNull(
  table: TableFacts,
  column: string,
  chooseName: () => string,
  { version }: DatabaseFacts,
): TableFacts['constraints'] {
  const isOfColumn = ({ type, columns }: TableFacts['constraints'][string]): boolean =>
    type === 'not null' && columns[0] === column;
  if (Object.values(table.constraints).some(isOfColumn)) {
    return mapConstraints(table, constraint =>
      isOfColumn(constraint) ? { ...constraint, isValidated: true } : constraint,
    );
  }
  return version < 18
    ? table.constraints
    : { ...table.constraints, [chooseName()]: { type: 'not null', columns: [column], isValidated: true } };
}

export function applyAlteration(
  facts: DatabaseFacts,
  { table, column, alteration }: ChangeOf<'alter column'>,
): DatabaseFacts {
  const edit = (parts: Partial<ColumnFacts>): DatabaseFacts =>
    editColumn(facts, renderName(table), column, own => ({ ...own, ...parts }));
  switch (alteration.to) {
    case 'type':
      return edit({ type: formatType(alteration.type) });
    case 'set default':
      return edit({ hasDefault: !alteration.default.isNull });
    case 'drop default':
    case 'drop identity':
      return edit({ hasDefault: false });
    case 'add identity':
      return edit({ hasDefault: true });
    case 'drop expression':
      return edit({ isGenerated: false });
    case 'set not null':
      return notNull(facts, table, [column]);
    case 'drop not null':
      return editTable(edit({ notNull: false }), renderName(table), own => ({
        ...own,
        constraints: filterConstraints(own, ({ type, columns }) => type !== 'not null' || columns[0] !== column),
      }));
    default:
      return facts;
  }
}

/** Constraints and indexes over the column go with it, those over several columns too. */
export function dropColumn(
  facts: DatabaseFacts,
  { table, column }: Pick<ChangeOf<'drop column'>, 'table' | 'column'>,
): DatabaseFacts {
  return editTable(facts, renderName(table), own => {
    const { [column]: _, ...columns } = own.columns;
    const indexes = Object.entries(own.indexes).filter(([, index]) => !isOver(index, column));
    return {
      ...own,
      ...(own.uses ? { uses: own.uses.filter(use => use.column !== column) } : {}),
      columns,
      constraints: filterConstraints(own, constraint => !constraint.columns.includes(column)),
      indexes: Object.fromEntries(indexes),
    };
  });
}

/** As a key, in an expression, in `include` or in the condition. */
function isOver({ columns, definition }: IndexFacts, column: string): boolean {
  const words = definition.slice(definition.indexOf('(')).match(/"(?:[^"]|"")+"|'(?:[^']|'')*'|[^\W\d][\w$]*/gu) ?? [];
  return (
    columns.includes(column) || words.some(word => word === column || word === `"${column.replaceAll('"', '""')}"`)
  );
}

export function renameColumn(facts: DatabaseFacts, { table, column, to }: ChangeOf<'rename column'>): DatabaseFacts {
  const renamed = (name: string): string => (name === column ? to : name);
  const reworded = (definition: string): string => renameColumns(definition, new Map([[column, to]]));
  return editTable(facts, renderName(table), own => ({
    ...own,
    ...(own.uses ? { uses: own.uses.map(use => ({ ...use, column: renamed(use.column) })) } : {}),
    columns: Object.fromEntries(Object.entries(own.columns).map(([name, facts]) => [renamed(name), facts])),
    constraints: mapConstraints(own, ({ expression, ...constraint }) => ({
      ...constraint,
      columns: constraint.columns.map(renamed),
      ...(expression === undefined ? {} : { expression: reworded(expression) }),
    })),
    indexes: Object.fromEntries(
      Object.entries(own.indexes).map(([name, { definition, ...index }]) => {
        // in front are the names of the index and its table
        const at = definition.search(/ using /i);
        const rest = at < 0 ? '' : reworded(definition.slice(at));
        const words = at < 0 ? definition : definition.slice(0, at) + rest;
        return [name, { ...index, columns: index.columns.map(renamed), definition: words }];
      }),
    ),
  }));
}

function editColumn(
  facts: DatabaseFacts,
  table: string,
  column: string,
  edit: (column: ColumnFacts) => ColumnFacts,
): DatabaseFacts {
  return editTable(facts, table, own => {
    const before = own.columns[column];
    return before ? { ...own, columns: { ...own.columns, [column]: edit(before) } } : own;
  });
}
