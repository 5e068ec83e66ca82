/** What a database is once tables and columns have other names: PostgreSQL prints all that names them with the new ones. Pure. */
import { QuoteUtils } from '@pgsql/quotes';
import { renameColumns } from '../statement/rename-columns.ts';
import type { Catalog, TableCatalog } from './catalog.ts';

/** Old to new name: `users` and `users.name`, the schema in front where it is not `public`; of a column the new name alone. */
export type Renames = ReadonlyMap<string, string>;

/** Views and routines stay as they are: what they are made of is not read here. */
export function renameCatalog(catalog: Catalog, renames: Renames): Catalog {
  if (renames.size === 0) {
    return catalog;
  }
  const tables = Object.entries(catalog.tables).map(
    ([key, table]) => [renameKey(key, renames), renameTable(table, key, renames)] as const,
  );
  const sequences = Object.entries(catalog.sequences).map(
    ([name, definition]) => [name, renameOwner(definition, catalog, renames)] as const,
  );
  return { ...catalog, tables: Object.fromEntries(tables), sequences: Object.fromEntries(sequences) };
}

/** The new key of a table: `public.users`. */
export function renameKey(key: string, renames: Renames): string {
  const to = renames.get(shortKey(key));
  return to === undefined ? key : `${key.slice(0, key.indexOf('.'))}.${to}`;
}

function renameTable(table: TableCatalog, key: string, renames: Renames): TableCatalog {
  const own = columnsOf(key, renames);
  const define = (definition: string): string => renameDefinition(definition, key, renames);
  const columns = Object.entries(table.columns).map(([name, column]) => {
    const renamed = column.generated !== '' && column.default !== null ? rename(column.default, own) : null;
    return [own.get(name) ?? name, renamed === null ? column : { ...column, default: renamed }] as const;
  });
  return {
    ...table,
    columns: Object.fromEntries(columns),
    constraints: mapEntries(table.constraints, define),
    indexes: mapEntries(table.indexes, define),
    triggers: mapEntries(table.triggers, define),
    policies: mapEntries(table.policies, define),
  };
}

/** Of an index or trigger (`… ON public.users …`), of a constraint or policy. */
function renameDefinition(definition: string, key: string, renames: Renames): string {
  const own = columnsOf(key, renames);
  const relation = ` ON ${asPrinted(key)} `;
  const at = /^CREATE /.test(definition) ? definition.indexOf(relation) : -1;
  if (at >= 0) {
    const rest = definition.slice(at + relation.length);
    return `${renameColumnsOf(definition.slice(0, at), own)} ON ${asPrinted(renameKey(key, renames))} ${rename(rest, own)}`;
  }
  return definition.startsWith('FOREIGN KEY ') ? renameForeignKey(definition, own, renames) : rename(definition, own);
}

/** `CREATE TRIGGER name BEFORE UPDATE OF a, b`: its own name is none of a column. */
function renameColumnsOf(head: string, own: ReadonlyMap<string, string>): string {
  const at = head.indexOf(' UPDATE OF ');
  return at < 0 ? head : head.slice(0, at) + rename(head.slice(at), own);
}

function renameForeignKey(definition: string, own: ReadonlyMap<string, string>, renames: Renames): string {
  const at = definition.indexOf(' REFERENCES ');
  const [open, close] = [definition.indexOf('(', at), definition.indexOf(')', at)];
  const written = definition
    .slice(at + ' REFERENCES '.length, open)
    .replace(/"((?:[^"]|"")*)"/g, (_quoted, name: string) => name.replaceAll('""', '"'));
  const parent = written.includes('.') ? written : `public.${written}`;
  const to = shortKey(renameKey(parent, renames));
  const name = to === shortKey(parent) ? definition.slice(at, open) : ` REFERENCES ${asPrinted(to)}`;
  const references = rename(definition.slice(open, close), columnsOf(parent, renames));
  return `${rename(definition.slice(0, at), own)}${name}${references}${definition.slice(close)}`;
}

function renameOwner(definition: string, { tables }: Catalog, renames: Renames): string {
  const [head, owner] = definition.split(' owner ');
  const key = owner && Object.keys(tables).find(own => owner.startsWith(`${own}.`));
  if (!owner || !key) {
    return definition;
  }
  const column = owner.slice(key.length + 1);
  return `${head} owner ${renameKey(key, renames)}.${columnsOf(key, renames).get(column) ?? column}`;
}

function rename(definition: string, names: ReadonlyMap<string, string>): string {
  return renameColumns(definition, names, asPrintedName);
}

function columnsOf(key: string, renames: Renames): Map<string, string> {
  const prefix = `${shortKey(key)}.`;
  return new Map(
    [...renames].flatMap(([name, to]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), to] as const] : [])),
  );
}

function shortKey(key: string): string {
  return key.replace(/^public\./, '');
}

/** PostgreSQL quotes words of its own, and what is not plain and in small letters. */
function asPrinted(key: string): string {
  return key.split('.').map(asPrintedName).join('.');
}

function asPrintedName(name: string): string {
  return QuoteUtils.quoteIdentifier(name);
}

function mapEntries(
  record: Readonly<Record<string, string>>,
  map: (value: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
