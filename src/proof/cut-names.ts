/** PostgreSQL cuts names at 63 bytes: entities that have longer ones are compared, and written, under the names it keeps. H72. */
import type { DatabaseSchema, DatabaseTable, ForeignKey, IndexDef } from '@mikro-orm/sql';
import { cutName } from '../catalog/generated-names.ts';

/** Changes `target`, which the entities describe. Enums, views and routines keep theirs: they are found by the cut ones. */
export function cutNames(target: DatabaseSchema): void {
  for (const table of target.getTables()) {
    Object.assign(table, { name: cutName(table.name) });
    cutColumns(table);
    table.setIndexes(table.getIndexes().map(cutIndex));
    table.setChecks(table.getChecks().map(cutPart));
    table.setTriggers(table.getTriggers().map(cutPart));
    table.setPolicies(table.getPolicies().map(cutPart));
    const keys = Object.values(table.getForeignKeys()).map(cutForeignKey);
    table.setForeignKeys(Object.fromEntries(keys.map(key => [key.constraintName, key])));
  }
}

function cutColumns(table: DatabaseTable): void {
  const columns = table.getColumns();
  if (columns.every(({ name }) => cutName(name) === name)) {
    return;
  }
  // all of them, so that their order stays
  for (const { name } of columns) {
    table.removeColumn(name);
  }
  for (const column of columns) {
    table.addColumn({ ...column, name: cutName(column.name) });
  }
}

function cutIndex(index: IndexDef): IndexDef {
  return {
    ...index,
    keyName: cutName(index.keyName),
    columnNames: index.columnNames.map(cutName),
    ...(index.columns ? { columns: index.columns.map(cutPart) } : {}),
    ...(index.include ? { include: index.include.map(cutName) } : {}),
  };
}

function cutPart<T extends { readonly name: string; readonly columnName?: string }>(part: T): T {
  const { columnName } = part;
  return {
    ...part,
    name: cutName(part.name),
    ...(columnName === undefined ? {} : { columnName: cutName(columnName) }),
  };
}

function cutForeignKey(key: ForeignKey): ForeignKey {
  return {
    ...key,
    constraintName: cutName(key.constraintName),
    columnNames: key.columnNames.map(cutName),
    localTableName: cutQualified(key.localTableName),
    referencedTableName: cutQualified(key.referencedTableName),
    referencedColumnNames: key.referencedColumnNames.map(cutName),
  };
}

/** MikroORM puts the schema in front where it is not the default one. */
function cutQualified(name: string): string {
  return name
    .split('.')
    .map(part => cutName(part))
    .join('.');
}
