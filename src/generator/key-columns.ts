/**
 * Columns of a primary key that no entity describes any more. The new key takes the place of the old one with the expand, so that
 * the release that does not know them can insert; the columns themselves go with the contract, as others do.
 */
import type { DatabaseSchema, DatabaseTable } from '@mikro-orm/postgresql';
import type { Column } from '@mikro-orm/sql';
import type { Decisions } from '../planner/decisions.ts';
import { renderName } from '../statement/change.ts';
import { removeColumn, removeParts } from './mikro-schema.ts';

export interface KeyColumn {
  /** As the decision calls it: `notes.code`. */
  readonly name: string;
  /** As it is called then. */
  readonly table: string;
  readonly column: string;
}

/** Those that were decided to go, from tables that stay. */
export function findKeyColumns(schema: DatabaseSchema, { drops, renames }: Decisions): KeyColumn[] {
  return schema.getTables().flatMap(table => {
    const old = renderName(table);
    return (table.getPrimaryKey()?.columnNames ?? [])
      .map(column => ({ name: `${old}.${column}`, table: renames.get(old) ?? old, column }))
      .filter(({ name }) => drops.has(name));
  });
}

/**
 * The statements from `from`, which still has the columns in its keys, to `target`, and back. All else that they are part of is not
 * looked at here.
 */
export function compareKeys<T>(
  { from, target }: Record<'from' | 'target', DatabaseSchema>,
  columns: readonly KeyColumn[],
  compare: () => T,
): T {
  const added = columns.flatMap(({ table, column }) => {
    const own = findTable(from, table)?.getColumn(column);
    const wanted = findTable(target, table);
    removeParts(findTable(from, table), column);
    return own && wanted ? [{ wanted, own }] : [];
  });
  for (const { wanted, own } of added) {
    wanted.addColumn({ ...own, primary: false } as Column);
  }
  try {
    return compare();
  } finally {
    for (const { wanted, own } of added) {
      wanted.removeColumn(own.name);
    }
  }
}

/** Once their keys are the new ones: takes the columns out of `reduced`, and no key is in question any more. */
export function removeKeyColumns(
  { full, reduced }: Record<'full' | 'reduced', DatabaseSchema>,
  columns: readonly KeyColumn[],
): void {
  for (const { table, column } of columns) {
    for (const own of [findTable(full, table), findTable(reduced, table)]) {
      own?.setIndexes(own.getIndexes().filter(({ primary }) => !primary));
    }
    removeColumn(findTable(reduced, table), column);
  }
}

function findTable(schema: DatabaseSchema, name: string): DatabaseTable | undefined {
  return schema.getTables().find(table => renderName(table) === name);
}
