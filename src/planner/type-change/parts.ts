/** What of a table hangs on some of its columns, as the catalog words it. Pure. */
import type { Catalog, TableCatalog } from '../../catalog/catalog.ts';
import { type ObjectName, renderName } from '../../statement/change.ts';
import { mentionsColumn } from '../../statement/rename-columns.ts';
import { nameIn, readTokens, type Token } from '../../statement/tokens.ts';

export interface NamedDefinition {
  readonly name: string;
  readonly definition: string;
}

export interface ColumnParts {
  /** Those that no constraint has. */
  readonly indexes: readonly NamedDefinition[];
  readonly checks: readonly NamedDefinition[];
  /** Primary keys and unique constraints, with the definition of their index. */
  readonly keys: readonly (NamedDefinition & { readonly index: string })[];
  /** What cannot be built beside the old column. */
  readonly exclusions: readonly NamedDefinition[];
}

export function isPrimary({ definition }: NamedDefinition): boolean {
  return definition.startsWith('PRIMARY KEY');
}

export function findParts({ indexes, constraints }: TableCatalog, columns: readonly string[]): ColumnParts {
  const isOver = (definition: string): boolean => columns.some(column => mentionsColumn(definition, column));
  const named = (record: Readonly<Record<string, string>>): NamedDefinition[] =>
    Object.entries(record).map(([name, definition]) => ({ name, definition }));
  const own = named(constraints).filter(({ definition }) => isOver(definition));
  const ofKind = (kind: RegExp): NamedDefinition[] => own.filter(({ definition }) => kind.test(definition));
  return {
    indexes: named(indexes).filter(({ name, definition }) => !(name in constraints) && isOver(keyPart(definition))),
    checks: ofKind(/^CHECK /),
    keys: ofKind(/^(?:PRIMARY KEY|UNIQUE) /).map(key => ({ ...key, index: indexes[key.name] ?? '' })),
    exclusions: ofKind(/^EXCLUDE /),
  };
}

/** Behind the table's name, which may be the column's too. */
function keyPart(definition: string): string {
  return definition.slice(definition.indexOf(' USING '));
}

export interface ForeignKey extends NamedDefinition {
  /** Keys of the catalog: `public.lessons`. */
  readonly table: string;
  readonly parent: string;
  readonly columns: readonly string[];
  readonly references: readonly string[];
}

/** All foreign keys of a database. */
export function readForeignKeys({ tables }: Catalog): ForeignKey[] {
  return Object.entries(tables).flatMap(([table, { constraints }]) =>
    Object.entries(constraints)
      .filter(([, definition]) => definition.startsWith('FOREIGN KEY '))
      .map(([name, definition]) => ({ name, definition, table, ...readForeignKey(definition) })),
  );
}

function readForeignKey(definition: string): Pick<ForeignKey, 'parent' | 'columns' | 'references'> {
  const tokens = readTokens(definition);
  const at = tokens.findIndex(({ text }) => text === 'REFERENCES');
  const isQualified = tokens[at + 2]?.text === '.';
  const [schema, name] = isQualified
    ? [nameIn(tokens[at + 1]), nameIn(tokens[at + 3])]
    : ['public', nameIn(tokens[at + 1])];
  return {
    parent: `${schema}.${name}`,
    columns: namesInBrackets(tokens, 2),
    references: namesInBrackets(tokens, at + (isQualified ? 4 : 2)),
  };
}

function namesInBrackets(tokens: readonly Token[], open: number): string[] {
  const close = tokens.findIndex(({ text }, at) => at > open && text === ')');
  return tokens.slice(open + 1, close).flatMap(token => (token.text === ',' ? [] : [nameIn(token)]));
}

/** `public.lessons` for `lessons`: how the catalog calls a table. */
export function catalogKey({ schema = 'public', name }: ObjectName): string {
  return `${schema}.${name}`;
}

/** A key of the catalog as a name; the default schema is not written. */
export function nameOfKey(key: string): ObjectName {
  const dot = key.indexOf('.');
  const [schema, name] = [key.slice(0, dot), key.slice(dot + 1)];
  return schema === 'public' ? { name } : { schema, name };
}

export function renderKey(key: string): string {
  return renderName(nameOfKey(key));
}
