/** A type change in words, for names and headers of its two files. Pure. */
import { renderName } from '../../statement/change.ts';
import { catalogKey } from './parts.ts';
import type { Sides, TypeChangeRequest } from './plan-type-change.ts';

/** What the header of a file says of its planned part. */
export interface About {
  /** `lessons_score_bigint`: the file's name where none is given. */
  readonly name: string;
  readonly purpose: string;
  readonly rollback: string;
  /** When to run it, and what running releases notice. */
  readonly deploy: string;
}

export function describeTypeChanges(
  requests: readonly TypeChangeRequest[],
  { before, after }: Sides,
): { readonly expand: About; readonly contract: About } {
  const changes = requests.map(({ table, column }) => ({
    path: `${renderName(table)}.${column}`,
    from: before.tables[catalogKey(table)]?.columns[column]?.type ?? '',
    to: after.tables[catalogKey(table)]?.columns[column]?.type ?? '',
  }));
  const paths = list(changes.map(({ path }) => path));
  const towards = list(changes.map(({ path, from, to }) => `${path} from ${from} to ${to}`));
  const back = list(changes.map(({ path, from }) => `${path} is ${from} again`));
  const name = nameOf(changes);
  return {
    expand: {
      name,
      purpose: `Prepare ${towards}: a column of the new type beside it, filled by a trigger and a backfill`,
      rollback: `drop what was built beside ${paths}; no data is lost`,
      deploy: 'before the release that knows the new type; the old one goes on as it is',
    },
    contract: {
      name: `${name}_contract`,
      purpose: `Change ${towards}: the prepared column takes the name, the old one goes`,
      rollback: `${back}, by the same way while everybody goes on; values that do not fit are reported before; no data is lost`,
      deploy: `when the release that knows the new type is everywhere. A named prepared statement that returns ${paths} then fails once on each open connection (0A000, cached plan must not change result type): retry it, or let connections be renewed; MikroORM's are unnamed and go on`,
    },
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
