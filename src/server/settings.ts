/**
 * Which database the commands work on: the one that DATABASE_URL names, or the embedded server's on a developer's machine.
 */
import { SettingsError } from '../errors.ts';
import { withCommandLineErrors } from '../terminal/host.ts';
import { printWarning } from '../terminal/terminal.ts';
import { checkConnection } from './connection/check.ts';
import { driverOptions, type Password, passwordOption } from './connection/driver-options.ts';
import type { Environment } from './connection/environment.ts';
import { settingsError } from './connection/setting-problems.ts';
import { APPLICATION_NAME, type ConnectionSettings, readSettings } from './connection/settings.ts';
import type { ConnectionTarget } from './connection/target.ts';
import { findHosting } from './hosting.ts';

const VARIABLE = 'DATABASE_URL';

/** For `defineConfig` of @mikro-orm/postgresql. Complete, so that nothing of MikroORM's own defaults counts. */
export interface MikroOrmConnection extends Omit<ConnectionTarget, 'sslMode' | 'passwordFrom' | 'connectTimeoutMs'> {
  readonly password: Password;
  readonly driverOptions: Readonly<Record<string, unknown>>;
}

export interface ConnectionSources {
  readonly env: Environment;
  /** A folder of the project that the embedded server belongs to. */
  readonly cwd: string;
}

/**
 * Decides on the server, starts it if it is the embedded one, and logs in once, so that whatever is wrong is said before
 * MikroORM connects (it would create a missing database).
 * @throws SettingsError or ServerError; under the `mikro-orm` command the error is printed and the process ends here.
 */
export async function connectionOptions({ env, cwd }: ConnectionSources): Promise<MikroOrmConnection> {
  return await withCommandLineErrors(async () => {
    const settings = readConnectionSettings(env);
    return settings ? await realServer(settings) : await embeddedServer(cwd);
  });
}

/**
 * Reads DATABASE_URL and what belongs to it. Connects to nothing.
 * @returns undefined when it is not set and the embedded server is to be used.
 * @throws SettingsError for a wrong setting, or a missing one where a server of our own would be a mistake.
 */
export function readConnectionSettings(env: Environment): ConnectionSettings | undefined {
  assertNoOrmVariables(env);
  const url = env[VARIABLE];
  if (url?.trim()) {
    return readSettings(url, { source: VARIABLE, env });
  }
  assertDevelopment(env);
  return undefined;
}

/** A deploy must never migrate a private database and call it done. */
function assertDevelopment(env: Environment): void {
  const hosting = findHosting(env);
  if (!hosting) {
    return;
  }
  const { variable, platform } = hosting;
  throw new SettingsError({
    title: `${VARIABLE} is not set`,
    happens: platform ? `This runs on ${platform} (${variable} is set).` : `${variable} is production.`,
    hurts: 'Without it a private, empty database of our own would be migrated instead of the real one.',
    remedy: [
      `Set ${VARIABLE}=postgresql://user@host:5432/database (the password in it, or in PGPASSWORD).`,
      `If this is a developer's machine all the same: env -u ${variable} followed by the command.`,
    ],
    left: 'Nothing was changed.',
    reference: 'docs/connecting.md',
  });
}

/** Under its own command line MikroORM lets these win over the configuration, and so over what was checked. */
function assertNoOrmVariables(env: Environment): void {
  const names = ['CLIENT_URL', 'HOST', 'PORT', 'USER', 'PASSWORD', 'DB_NAME'].map(name => `MIKRO_ORM_${name}`);
  const problems = names
    .filter(name => env[name] !== undefined)
    .map(name => ({
      name,
      came: 'set',
      expected: `nothing: type unset ${name}, ${VARIABLE} alone says where the database is`,
    }));
  if (problems.length > 0) {
    throw settingsError(problems);
  }
}

/**
 * The same for another variable than DATABASE_URL: what is past a pooler, for instance.
 * @throws SettingsError or ServerError.
 */
export async function readServer(
  text: string,
  options: { source: string; env: Environment },
): Promise<MikroOrmConnection> {
  return await realServer(readSettings(text, options));
}

async function realServer(settings: ConnectionSettings): Promise<MikroOrmConnection> {
  settings.warnings.forEach(printWarning);
  const chosen = await checkConnection(settings);
  const { host } = chosen;
  return {
    dbName: settings.database,
    host: host.address ?? host.host,
    port: host.port,
    user: settings.user,
    password: passwordOption(host),
    driverOptions: { ...driverOptions(settings, chosen) },
  };
}

/** Loaded when it is needed and not before: a deployed program has no use for it. */
async function embeddedServer(cwd: string): Promise<MikroOrmConnection> {
  const { ensureEmbeddedServer } = await import('./embedded/embedded-server.ts');
  const { projectServer } = await import('./embedded/project.ts');
  const { database, host, port, user, password } = await ensureEmbeddedServer(projectServer(cwd));
  return {
    dbName: database,
    host,
    port,
    user,
    password,
    driverOptions: { ssl: false, sslnegotiation: 'postgres', application_name: APPLICATION_NAME },
  };
}
