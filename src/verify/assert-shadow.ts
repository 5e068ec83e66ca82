/** A proof makes databases, fills them and runs everything: never beside production. */
import pg from 'pg';
import { RefusedError } from '../errors.ts';
import type { Project } from '../project/project.ts';
import { findShadowServer, SHADOW_VARIABLE } from '../proof/shadow-server.ts';
import { readMarker, type SqlConnection } from '../server/protection.ts';

/**
 * @throws RefusedError (exit code 2) where the shadow server is that of the protected database, or the database that
 * SHADOW_DATABASE_URL names is protected itself.
 */
export async function assertShadowServer({ driver, config }: Project, env: NodeJS.ProcessEnv): Promise<void> {
  if (!env[SHADOW_VARIABLE]?.trim()) {
    // the embedded one is for development
    return;
  }
  const client = new pg.Client(await findShadowServer({ env, cwd: config.get('baseDir') }));
  await client.connect();
  try {
    const shadow = asConnection(client);
    if (await readMarker(shadow)) {
      throw refused(`The database that ${SHADOW_VARIABLE} names is protected.`);
    }
    const own = driver.getConnection();
    if ((await readMarker(own)) && (await readStart(own)) === (await readStart(shadow))) {
      throw refused(`${SHADOW_VARIABLE} names the server of the protected database.`);
    }
  } finally {
    await client.end();
  }
}

/** To the microsecond: no two servers have the same, and any role may ask. */
async function readStart(connection: SqlConnection): Promise<string> {
  const rows = await connection.execute('select pg_postmaster_start_time()::text as start');
  return (rows as { start: string }[])[0]?.start ?? '';
}

/** MikroORM's placeholders to those of PostgreSQL. */
function asConnection(client: pg.Client): SqlConnection {
  return {
    execute: async (sql, params = []) => {
      let position = 0;
      return (
        await client.query(
          sql.replaceAll('?', () => `$${++position}`),
          params,
        )
      ).rows;
    },
  };
}

function refused(happens: string): RefusedError {
  return new RefusedError({
    title: 'Refused: a proof on a production server',
    happens,
    hurts: 'It makes databases, fills them and runs every migration several times: production would be slow meanwhile.',
    remedy: [
      `${SHADOW_VARIABLE}=postgresql://user:password@host/postgres: another server, where that role may create databases,`,
      'or none: then the embedded PostgreSQL is used.',
    ],
    left: 'Nothing was done.',
    reference: 'docs/verify.md',
  });
}
