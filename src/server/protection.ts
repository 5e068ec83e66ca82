/**
 * The marker that makes a database production, whatever the environment says: a table of ours with one row. It goes along when
 * the data are copied, by dump or snapshot: a restored backup that takes over is protected at once, and of a copy for tests a
 * person says so once. A copy without data has no row, and is not protected.
 */
import { postgresError, RefusedError } from '../errors.ts';
import { productionVariable } from './production.ts';

/** Found in whatever schema it is, so that no setting decides whether a database is protected. */
export const PROTECTION_TABLE = 'mikro_orm_protected';

export interface Marker {
  /** `"school"."mikro_orm_protected"` */
  readonly table: string;
  /** Absent where this role may not read the row. */
  readonly set?: {
    readonly by: string;
    /** YYYY-MM-DD in UTC */
    readonly on: string;
    readonly database: string;
    /** Server where it was set, as pg_control_system tells; null where that may not be asked. */
    readonly cluster: string | null;
    /** `up` wants a report of staging about the very same files. */
    readonly stagingFirst: boolean;
  };
}

/** Why this is production, and what to do where it is not meant to be. */
export interface Production {
  readonly happens: string;
  readonly remedy: readonly string[];
  readonly marker?: Marker;
}

/** A connection of MikroORM's. */
export interface SqlConnection {
  execute(sql: string, params?: unknown[]): Promise<unknown>;
}

const cache = new WeakMap<SqlConnection, Promise<Marker | undefined>>();

/** Asks the environment, and the database once for each connection. @returns undefined where it is not production. */
export async function findProduction(
  connection: SqlConnection,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Production | undefined> {
  const variable = productionVariable(env);
  if (variable) {
    return {
      happens: `This is production, as ${variable} says.`,
      remedy: ['On a database of your own, run the command without that variable.'],
    };
  }
  const marker = await readMarker(connection);
  return marker && describeMarker(connection, marker);
}

/**
 * For what is never done in production.
 * @param refusal.title what is refused: `dropping the schema`.
 * @throws RefusedError (exit code 2)
 */
export async function assertNotProduction(
  connection: SqlConnection,
  refusal: { readonly title: string; readonly hurts: string; readonly remedy?: readonly string[] },
): Promise<void> {
  const production = await findProduction(connection);
  if (production) {
    throw inProduction(production, refusal);
  }
}

/** The error for what is not done in production. */
export function inProduction(
  { happens, remedy }: Production,
  refusal: { readonly title: string; readonly hurts: string; readonly remedy?: readonly string[] },
): RefusedError {
  return new RefusedError({
    title: `Refused: ${refusal.title} in production`,
    happens,
    hurts: refusal.hurts,
    remedy: [...(refusal.remedy ?? []), ...remedy],
    left: 'Nothing was changed.',
    reference: 'docs/deploy.md',
  });
}

/** The marker of the database; asked once for each connection. */
export function readMarker(connection: SqlConnection): Promise<Marker | undefined> {
  const known = cache.get(connection);
  if (known) {
    return known;
  }
  const marker = lookUp(connection);
  cache.set(connection, marker);
  marker.catch(() => cache.delete(connection));
  return marker;
}

/** After the marker was set or taken away. */
export function forgetMarker(connection: SqlConnection): void {
  cache.delete(connection);
}

/** The identity of the server, which a copy elsewhere does not have; null where this role may not ask. */
export async function readCluster(connection: SqlConnection): Promise<string | null> {
  const [allowed] = await query<{ isAllowed: boolean }>(
    connection,
    `select has_function_privilege('pg_control_system()', 'execute') as "isAllowed"`,
  );
  if (!allowed?.isAllowed) {
    return null;
  }
  const [row] = await query<{ cluster: string }>(
    connection,
    'select system_identifier::text as cluster from pg_control_system()',
  );
  return row?.cluster ?? null;
}

const FIND = `
  select format('%I.%I', n.nspname, c.relname) as "table"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relname = ? and c.relkind = 'r' and c.relpersistence = 'p' limit 1`;

async function query<T>(connection: SqlConnection, sql: string, params: unknown[] = []): Promise<T[]> {
  return (await connection.execute(sql, params)) as T[];
}

const INSUFFICIENT_PRIVILEGE = '42501';

async function lookUp(connection: SqlConnection): Promise<Marker | undefined> {
  const [found] = await query<{ table: string }>(connection, FIND, [PROTECTION_TABLE]);
  if (!found) {
    return undefined;
  }
  const { table } = found;
  try {
    const [set] = await query<NonNullable<Marker['set']>>(
      connection,
      `select set_by as by, to_char(set_at at time zone 'UTC', 'YYYY-MM-DD') as on, database, cluster,
              staging_first as "stagingFirst" from ${table}`,
    );
    return set && { table, set };
  } catch (error) {
    if (postgresError(error)?.code === INSUFFICIENT_PRIVILEGE) {
      return { table };
    }
    throw error;
  }
}

async function describeMarker(connection: SqlConnection, marker: Marker): Promise<Production> {
  const { set } = marker;
  if (!set) {
    return { happens: `This database is protected by ${marker.table}.`, remedy: COPY_REMEDY, marker };
  }
  const [here] = await query<{ database: string }>(connection, 'select current_database() as database');
  const cluster = await readCluster(connection);
  const isElsewhere =
    here?.database !== set.database || (cluster !== null && set.cluster !== null && cluster !== set.cluster);
  const happens = `This database is protected: ${set.by} ran migrate:protect on ${set.on}${isElsewhere ? ` for ${set.database}, on another server or under another name` : ''}.`;
  return { happens, remedy: COPY_REMEDY, marker };
}

const COPY_REMEDY = ['If this is a copy that nobody depends on:  npm run migrate:protect -- --off'];
