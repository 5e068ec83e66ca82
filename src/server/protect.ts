/** Sets the marker of protection.ts and takes it away. */
import pg from 'pg';
import { ExplainedError, postgresError } from '../errors.ts';
import {
  forgetMarker,
  type Marker,
  PROTECTION_TABLE,
  readCluster,
  readMarker,
  type SqlConnection,
} from './protection.ts';

/**
 * Marks the database as production. One that is marked already keeps its marker.
 * @param options.schema where the table goes; the first of the search path when absent.
 * @param options.stagingFirst whether `up` wants a report of staging; as it is when absent.
 * @returns the marker, and whether it was there before.
 * @throws ExplainedError where the role may not.
 */
export async function protect(
  connection: SqlConnection,
  { schema, stagingFirst }: { schema?: string | undefined; stagingFirst?: boolean | undefined },
): Promise<{ marker: Marker | undefined; wasThere: boolean }> {
  forgetMarker(connection);
  const before = await readMarker(connection);
  const table = before?.table ?? [...(schema ? [schema] : []), PROTECTION_TABLE].map(pg.escapeIdentifier).join('.');
  await explained(async () => {
    if (!before) {
      await create(connection, table);
    }
    if (stagingFirst !== undefined) {
      await connection.execute(`update ${table} set staging_first = ?`, [stagingFirst]);
    }
  });
  forgetMarker(connection);
  return { marker: await readMarker(connection), wasThere: before !== undefined };
}

/** @returns the marker that is gone; undefined where there was none. @throws ExplainedError where the role may not. */
export async function unprotect(connection: SqlConnection): Promise<Marker | undefined> {
  forgetMarker(connection);
  const marker = await readMarker(connection);
  if (marker) {
    await explained(() => connection.execute(`drop table ${marker.table}`));
    forgetMarker(connection);
  }
  return marker;
}

/** Whoever comes second, at the same moment, finds the row. */
async function create(connection: SqlConnection, table: string): Promise<void> {
  await connection.execute(`create table if not exists ${table} (
    only_row boolean primary key default true check (only_row), set_by text not null default session_user,
    set_at timestamptz not null default now(), database text not null default current_database(), cluster text,
    staging_first boolean not null default false)`);
  await connection.execute(`grant select on ${table} to public`);
  await connection.execute(`insert into ${table} (cluster) values (?) on conflict do nothing`, [
    await readCluster(connection),
  ]);
}

const INSUFFICIENT_PRIVILEGE = '42501';

async function explained(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (postgresError(error)?.code !== INSUFFICIENT_PRIVILEGE) {
      throw error;
    }
    throw new ExplainedError(
      {
        title: 'This role cannot change the protection',
        happens: 'The table that marks the database belongs to another role, or its schema may not be written.',
        remedy: 'Run it as the role that runs the migrations, or that set the protection.',
        left: 'Nothing was changed.',
        reference: 'docs/deploy.md',
      },
      { cause: error },
    );
  }
}
