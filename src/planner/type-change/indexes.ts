/** The statements that build an index or a key over other columns than its definition names. Pure. */
import { quoteIdentifier } from '../../statement/change.ts';
import { lowerKeywords, renameColumns } from '../../statement/rename-columns.ts';
import { alterTable, quoteKey, type TableMove } from './move.ts';
import type { NamedDefinition } from './parts.ts';

/** A key on the index that is there for it, which gets its name. */
export function addKey({ key }: TableMove, { name, definition }: NamedDefinition, index: string): string {
  const kind = definition.startsWith('PRIMARY KEY') ? 'primary key' : 'unique';
  const attributes = lowerKeywords(definition.slice(definition.lastIndexOf(')') + 1));
  return `${alterTable(key)} add constraint ${quoteIdentifier(name)} ${kind} using index ${quoteIdentifier(index)}${attributes}`;
}

/** `CREATE UNIQUE INDEX i ON public.t USING btree (c)` → `create unique index concurrently if not exists "i_new" on "t" using btree ("c_new")` */
export function createIndex(
  definition: string,
  { table, name, columns }: { table: TableMove; name: string; columns: ReadonlyMap<string, string> },
): string {
  const isUnique = /^CREATE UNIQUE /.test(definition);
  const rest = withoutState(definition.slice(definition.indexOf(' USING ')));
  return `create ${isUnique ? 'unique ' : ''}index concurrently if not exists ${quoteIdentifier(name)} on ${quoteKey(table.key)}${lowerKeywords(renameColumns(rest, columns))}`;
}

/** What `readCatalog` adds for those that are not as they should be; and what the statement that adds one says by itself. */
export function withoutState(definition: string): string {
  return definition.replace(/ \((?:invalid|not validated)\)$/, '').replace(/ NOT VALID$/, '');
}
