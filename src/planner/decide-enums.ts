/** Both sides of a change once it is decided what became of enum values: what is left to plan. Pure. */
import type { Catalog, TableCatalog } from '../catalog/catalog.ts';
import { quoteLiteral, quoteName } from '../statement/change.ts';
import type { Decisions } from './decisions.ts';
import { type EnumLabels, keepLabels, lostValues, renameLabels } from './enum-values.ts';
import { type RenamedLabel, renameLabelIn } from './rename-labels.ts';
import { typeName } from './type-change/enums.ts';
import { nameOfKey } from './type-change/parts.ts';

export interface EnumSides {
  readonly history: Catalog;
  readonly entities: Catalog;
}

/** A renamed value has its new name before too, wherever PostgreSQL prints it; a kept one is there afterwards. */
export function decideEnums({ history, entities }: EnumSides, decisions: Decisions): EnumSides {
  const enums = renameLabels(history.enums, decisions);
  const renamed = findRenames(history.enums, enums);
  const before = renamed.length === 0 ? history : retell({ ...history, enums }, renamed);
  const after = keepLabels({ before: enums, after: entities.enums }, decisions);
  return { history: before, entities: { ...entities, enums: after } };
}

/** The statements, there and back; `name` is what the decision calls it. */
export function renameValues(
  before: EnumLabels,
  after: EnumLabels,
  { renames }: Decisions,
): { name: string; up: string; down: string }[] {
  return lostValues({ before, after }).flatMap(({ name, type, label }) => {
    const to = renames.get(name);
    const sql = (from: string, now: string): string =>
      `alter type ${quoteName(nameOfKey(type))} rename value ${quoteLiteral(from)} to ${quoteLiteral(now)}`;
    return to === undefined ? [] : [{ name, up: sql(label, to), down: sql(to, label) }];
  });
}

function findRenames(before: EnumLabels, after: EnumLabels): RenamedLabel[] {
  return Object.entries(before).flatMap(([type, labels]) =>
    labels.flatMap((from, at) => {
      const to = after[type]?.[at] ?? from;
      return to === from ? [] : [{ type: typeName(type), from, to }];
    }),
  );
}

/** PostgreSQL keeps a value by its number: what it prints follows a rename. */
function retell(catalog: Catalog, renamed: readonly RenamedLabel[]): Catalog {
  const tell = (text: string): string => renamed.reduce(renameLabelIn, text);
  const all = (record: Readonly<Record<string, string>>): Record<string, string> => mapValues(record, tell);
  const table = (own: TableCatalog): TableCatalog => ({
    ...own,
    columns: mapValues(own.columns, column => ({
      ...column,
      default: column.default === null ? null : tell(column.default),
    })),
    constraints: all(own.constraints),
    indexes: all(own.indexes),
    triggers: all(own.triggers),
    policies: all(own.policies),
  });
  return {
    ...catalog,
    tables: mapValues(catalog.tables, table),
    views: all(catalog.views),
    viewIndexes: mapValues(catalog.viewIndexes, all),
  };
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, map: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
