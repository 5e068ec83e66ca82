/** Where shadow databases are made: on the server that SHADOW_DATABASE_URL names, or on the embedded one. */
import type pg from 'pg';
import { ServerError } from '../errors.ts';
import { checkConnection } from '../server/connection/check.ts';
import { driverOptions, passwordOption } from '../server/connection/driver-options.ts';
import type { Environment } from '../server/connection/environment.ts';
import { readSettings } from '../server/connection/settings.ts';

export const SHADOW_VARIABLE = 'SHADOW_DATABASE_URL';

export interface ShadowOptions {
  readonly env: Environment;
  /** A folder of the project that the embedded server belongs to. */
  readonly cwd: string;
}

/**
 * How to connect to the server's maintenance database; nothing but `create database` and `drop database` is ever run there.
 * @throws ServerError where there is no such server, or SettingsError for a wrong SHADOW_DATABASE_URL.
 */
export async function findShadowServer({ env, cwd }: ShadowOptions): Promise<pg.ClientConfig> {
  const url = env[SHADOW_VARIABLE];
  return url?.trim() ? await namedServer(url, env) : await embeddedServer(cwd);
}

async function namedServer(url: string, env: Environment): Promise<pg.ClientConfig> {
  const settings = readSettings(url, { source: SHADOW_VARIABLE, env });
  const chosen = await checkConnection(settings);
  const { host } = chosen;
  return {
    ...driverOptions(settings, chosen),
    host: host.address ?? host.host,
    port: host.port,
    user: settings.user,
    password: passwordOption(host),
    database: settings.database,
  };
}

/** Loaded when it is needed and not before: a deployed program has no use for it. */
async function embeddedServer(cwd: string): Promise<pg.ClientConfig> {
  const { ensureEmbeddedServer } = await import('../server/embedded/embedded-server.ts');
  const { embeddedDirectory } = await import('../server/embedded/project.ts');
  try {
    const { host, port, user, password, database } = await ensureEmbeddedServer({
      directory: embeddedDirectory(cwd),
      database: 'postgres',
    });
    return { host, port, user, password, database, ssl: false };
  } catch (error) {
    throw error instanceof ServerError ? noServer(error) : error;
  }
}

function noServer(cause: ServerError): ServerError {
  return new ServerError(
    {
      title: 'There is no server for a shadow database',
      happens: `${SHADOW_VARIABLE} is not set, and the embedded PostgreSQL cannot be used: ${cause.explanation.title}.`,
      hurts: 'A migration is compared and proved on a scratch database, never on yours.',
      remedy: [
        `${SHADOW_VARIABLE}=postgresql://user:password@host/postgres: a server, not production, where that role may create databases,`,
        'or install the embedded one: npm install --include=dev --include=optional',
      ],
      left: 'Nothing was changed.',
      reference: 'docs/connecting.md',
    },
    { cause },
  );
}
