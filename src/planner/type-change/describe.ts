/** A type change in words, for names and headers of its two files. Pure. */
import type { TableCatalog } from '../../catalog/catalog.ts';
import { renderName } from '../../statement/change.ts';
import { mentionsColumn } from '../../statement/rename-columns.ts';
import type { Sides, TypeChangeRequest } from './move.ts';
import { catalogKey } from './parts.ts';
import { holdsAll, lossOnTheWayBack } from './rounding.ts';

/** What the header of a file says of its planned part. */
export interface About {
  /** `lessons_score_bigint`: the file's name where none is given. */
  readonly name: string;
  readonly purpose: string;
  readonly rollback: string;
  /** When to run it, and what running releases notice. */
  readonly deploy: string;
  /** In which order it goes over several tables. */
  readonly order?: string | undefined;
  /** What is gone for good behind it. */
  readonly loses?: string | undefined;
}

export function describeTypeChanges(
  requests: readonly TypeChangeRequest[],
  { before, after }: Sides,
  { keepOld }: { readonly keepOld: boolean },
): Record<'expand' | 'contract' | 'cleanup', About> {
  const changes = requests.map(({ table, column, using }) => ({
    using,
    path: `${renderName(table)}.${column}`,
    from: before.tables[catalogKey(table)]?.columns[column]?.type ?? '',
    to: after.tables[catalogKey(table)]?.columns[column]?.type ?? '',
  }));
  const alike = [...Map.groupBy(changes, ({ from, to }) => `from ${from} to ${to}`)];
  const towards = list(alike.map(([types, own]) => `${list(own.map(({ path }) => path))} ${types}`));
  // the purpose names them all
  const paths = changes.length > 3 ? `these ${changes.length} columns` : list(changes.map(({ path }) => path));
  const back =
    changes.length > 3
      ? `${paths} have their old type again`
      : list(changes.map(({ path, from }) => `${path} is ${from} again`));
  const order = describeOrder(requests);
  const losses = changes.flatMap(({ path, from, to }) => lossOf(path, { old: from, changed: to }));
  const lost = losses.length > 0 ? list(losses) : 'no data is lost';
  const lostThere = changes.flatMap(({ path, from, to, using }) =>
    using === undefined ? lossOf(path, { old: to, changed: from }) : [],
  );
  const refusals = describeRefusals(requests, { before, after });
  const refused = refusals.length > 0 ? `. From then on ${list(refusals)} is an error, for the old release too` : '';
  const loses = lostThere.length > 0 ? `${list(lostThere)}: the old values are gone` : undefined;
  const name = nameOf(changes);
  const stale = `A named prepared statement that returns ${changes.length > 3 ? 'one of ' : ''}${paths} then fails once on each open connection (0A000, cached plan must not change result type): retry it, or let connections be renewed; MikroORM's are unnamed and go on`;
  const swap = `when the release that knows the new type is everywhere. ${stale}`;
  const own = keepOld ? keptOld({ towards, paths, back, swap }) : undefined;
  return {
    expand: {
      name,
      purpose: `Prepare ${towards}: a column of the new type beside it, filled by a trigger and a backfill`,
      order: order?.expand,
      rollback: `drop what was built beside ${paths}; no data is lost`,
      deploy: `before the release that knows the new type; the old one goes on as it is${refused}`,
    },
    contract: {
      name: `${name}_contract`,
      purpose: `Change ${towards}: the prepared column takes the name, the old one goes`,
      order: order?.contract,
      rollback: `${back}, by the same way while everybody goes on; values that do not fit are reported before; ${lost}`,
      deploy: swap,
      loses: keepOld ? undefined : loses,
      ...own,
    },
    cleanup: {
      name: `${name}_cleanup`,
      purpose: `Drop what was kept of ${paths} in the old type`,
      rollback: `the column of the old type beside it again, filled by a trigger and a backfill; values that do not fit are reported before; ${lost}`,
      deploy: 'when nobody wants the release of the old type back',
      loses: keepOld ? loses : undefined,
    },
  };
}

/** What was written until now, and is refused from the expand on. */
function describeRefusals(requests: readonly TypeChangeRequest[], { before, after }: Sides): string[] {
  const all = requests.flatMap(({ table, column, using }) => {
    const [from, to] = [before, after].map(({ tables }) => tables[catalogKey(table)]?.columns[column]);
    return from && to ? [{ path: `${renderName(table)}.${column}`, from, to, using }] : [];
  });
  const narrow = all.filter(
    ({ from, to, using }) => using !== undefined || !holdsAll({ from: from.type, to: to.type }),
  );
  const required = all.filter(({ from, to }) => !from.notNull && to.notNull);
  const names = [...Map.groupBy(requests, ({ table }) => catalogKey(table))].flatMap(([key, own]) =>
    namesOfNew(own, before.tables[key], after.tables[key]),
  );
  const types = new Set(narrow.map(({ to }) => to.type));
  return [
    ...(narrow.length > 0
      ? [`a value of ${list(narrow.map(({ path }) => path))} that ${list([...types])} cannot hold`]
      : []),
    ...(required.length > 0 ? [`a null into ${list(required.map(({ path }) => path))}`] : []),
    ...(names.length > 0 ? [`what ${list(names)} ${names.length === 1 ? 'refuses' : 'refuse'}`] : []),
  ];
}

/** Constraints and unique indexes over the columns that come with the change. */
function namesOfNew(
  requests: readonly TypeChangeRequest[],
  before: TableCatalog | undefined,
  after: TableCatalog | undefined,
): string[] {
  const isOver = (definition: string): boolean => requests.some(({ column }) => mentionsColumn(definition, column));
  const come = { ...after?.constraints, ...uniquesOf(after) };
  return Object.entries(come).flatMap(([name, definition]) =>
    isOver(definition) && !(name in { ...before?.constraints, ...before?.indexes }) && !/^NOT NULL/.test(definition)
      ? [name]
      : [],
  );
}

function uniquesOf(table: TableCatalog | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(table?.indexes ?? {}).flatMap(([name, definition]) =>
      /^CREATE UNIQUE /.test(definition) ? [[name, definition.slice(definition.indexOf(' USING '))]] : [],
    ),
  );
}

/** Of several tables, whose statements are too many to be seen at once. */
function describeOrder(requests: readonly TypeChangeRequest[]): Record<'expand' | 'contract', string> | undefined {
  const tables = [...new Set(requests.map(({ table }) => renderName(table)))];
  return tables.length === 1
    ? undefined
    : {
        expand: `each phase goes over ${list(tables)}, a table at a time: (1) columns and triggers, (2) backfills, (3) not null and checks, (4) indexes, (5) foreign keys`,
        contract: `the old foreign keys, if any, go one by one; then ${list(tables)} change their columns, each in one short transaction`,
      };
}

function lossOf(path: string, types: { readonly old: string; readonly changed: string }): string[] {
  const loss = lossOnTheWayBack(types);
  return loss === undefined ? [] : [`${path} ${loss}`];
}

/** Of the contract, where the old column stays beside the new one. */
function keptOld({
  towards,
  paths,
  back,
  swap,
}: Record<'towards' | 'paths' | 'back' | 'swap', string>): Omit<About, 'name'> {
  return {
    purpose: `Change ${towards}: the prepared column takes the name, the old one stays beside it, filled by a trigger`,
    rollback: `${back}, at once: its column has been kept; no data is lost`,
    deploy: `${swap}. Until the cleanup a write to ${paths} whose value the old type cannot hold is an error`,
  };
}

function nameOf(changes: readonly { readonly path: string; readonly to: string }[]): string {
  const [first] = changes;
  const word = first?.to.replace(/\(.*$/, '').replace(' without time zone', '').replace(' with time zone', 'tz') ?? '';
  return `${first?.path ?? ''} ${word}`
    .replace(/\[\]/g, ' array')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .toLowerCase();
}

function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
