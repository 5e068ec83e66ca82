/** Whether a release can be running on a database: where none is, contracts need not wait for one. */
import type { PoolClient } from 'pg';
import { postgresError } from '../../errors.ts';
import { findEmbeddedServer } from '../../server/embedded/embedded-server.ts';
import { projectServer } from '../../server/embedded/project.ts';
import { quoteName } from '../../statement/change.ts';

export interface Place {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** A folder of the project. */
  readonly cwd: string;
}

/** True for the embedded server of the project, which is for development. */
export async function isDevelopmentServer({ host, port, cwd }: Place): Promise<boolean> {
  if (!LOOPBACK.has(host ?? '')) {
    return false;
  }
  return (await findEmbeddedServer(projectServer(cwd)))?.port === port;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * True when any table has a row. Tables of extensions do not count.
 * @param options.own tables that do not count either, as `schema.name`. @param options.names only tables of these names count.
 */
export async function hasRows(
  client: PoolClient,
  { own, names }: { readonly own: readonly string[]; readonly names: ReadonlySet<string> | undefined },
): Promise<boolean> {
  const { rows } = await client.query<{ schema: string; name: string }>(TABLES, [own]);
  for (const table of rows.filter(({ name }) => names === undefined || names.has(name))) {
    if (await hasRow(client, quoteName(table))) {
      return true;
    }
  }
  return false;
}

/** Those that hold something are looked at first. */
const TABLES = `
  select n.nspname as schema, c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'r' and c.relpersistence <> 't'
     and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
     and n.nspname || '.' || c.relname <> all ($1::text[])
     and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
   order by c.reltuples desc, c.oid`;

/** lock_not_available, insufficient_privilege: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CANNOT_LOOK = new Set(['55P03', '42501']);

/** A table that cannot be looked at is somebody's, and in use. */
async function hasRow(client: PoolClient, table: string): Promise<boolean> {
  // with policies that would hide rows it is an error to look
  await client.query("begin read only; set local lock_timeout = '40ms'; set local row_security = off");
  try {
    const { rows } = await client.query(`select exists (select 1 from ${table}) as found`);
    return rows[0].found;
  } catch (error) {
    if (CANNOT_LOOK.has(postgresError(error)?.code ?? '')) {
      return true;
    }
    throw error;
  } finally {
    await client.query('rollback');
  }
}
