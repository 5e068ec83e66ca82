/**
 * Everything that is needed to connect to a real server, read from a connection string and the environment as psql does.
 * Files are read, nothing is connected to.
 */
import { join } from 'node:path';
import type { Environment } from './environment.ts';
import { badValue, collectParameters, type GivenParameters } from './given-parameters.ts';
import { homeDirectory, systemUserName } from './home.ts';
import { type Host, isDefaultSocketFolder, readHosts } from './hosts.ts';
import { findPassword, readPasswordFile } from './password-file.ts';
import { settingsError } from './setting-problems.ts';
import { readChoice, readTlsSettings, type TlsSettings } from './ssl.ts';

export interface ConnectionSettings {
  /** At least one; tried in order. */
  readonly hosts: readonly HostSettings[];
  readonly user: string;
  readonly database: string;
  readonly tls: TlsSettings;
  /** For each host; 0 waits for ever. */
  readonly connectTimeoutMs: number;
  readonly applicationName: string;
  /** Server parameters as command-line options: `-csearch_path=school`. */
  readonly serverOptions?: string;
  readonly keepAlive: boolean;
  /** Silence on a connection before the first probe; undefined for the operating system's default. */
  readonly keepAliveIdleMs?: number;
  readonly targetSession: TargetSession;
  readonly requiresChannelBinding: boolean;
  /** What a person should know although it does not keep us from connecting. */
  readonly warnings: readonly string[];
}

export interface HostSettings extends Host {
  readonly password?: string;
  /** Where the password comes from, for people. */
  readonly passwordFrom?: string;
}

const TARGET_SESSIONS = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;
export type TargetSession = (typeof TARGET_SESSIONS)[number];

/** libpq waits as long as TCP does, which is minutes; a deploy that cannot reach its server should say so. */
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

/** Who we are, in `pg_stat_activity` and in the messages of others that wait for us. */
export const APPLICATION_NAME = 'sunschool-db';

/**
 * Reads the connection string `text`, which stands in the variable `source`, and fills the gaps from `env`.
 * @throws SettingsError with all that is wrong.
 */
export function readSettings(text: string, { source, env }: { source: string; env: Environment }): ConnectionSettings {
  const warnings: string[] = [];
  const warn = (warning: string) => void (warnings.includes(warning) || warnings.push(warning));
  const given = collectParameters(text, { source, env });
  const user = readUser(given);
  const database = given.get('dbname')?.value ?? user;
  const hosts = readHosts(given);
  const settings: ConnectionSettings = {
    hosts: hosts.map(host => ({ ...host, ...readPassword(given, { host, user, database, env, warn }) })),
    user,
    database,
    tls: readTlsSettings(given, { hosts, env, warn }),
    connectTimeoutMs: readTimeoutMs(given),
    applicationName:
      (given.get('application_name') ?? given.get('fallback_application_name'))?.value ?? APPLICATION_NAME,
    serverOptions: given.get('options')?.value,
    keepAlive: readInteger(given, 'keepalives') !== 0,
    keepAliveIdleMs: (readInteger(given, 'keepalives_idle') ?? 0) * 1000 || undefined,
    targetSession: readChoice(given, 'target_session_attrs', TARGET_SESSIONS) ?? 'any',
    requiresChannelBinding: readChoice(given, 'channel_binding', ['disable', 'prefer', 'require']) === 'require',
    warnings,
  };
  if (given.problems.length > 0) {
    throw settingsError(given.problems);
  }
  return settings;
}

function readUser(given: GivenParameters): string {
  const user = given.get('user')?.value ?? systemUserName();
  if (!user) {
    const came = 'not given, and the operating system has no name for whoever runs this';
    given.problems.push({ name: 'PGUSER', came, expected: 'the name of a role, there or in the URL' });
  }
  return user ?? '';
}

interface PasswordOptions {
  readonly host: Host;
  readonly user: string;
  readonly database: string;
  readonly env: Environment;
  readonly warn: (text: string) => void;
}

/** The password file counts only where no password is given. */
function readPassword(given: GivenParameters, { host, user, database, env, warn }: PasswordOptions) {
  const password = given.get('password');
  if (password) {
    return { password: password.value, passwordFrom: password.name };
  }
  const home = homeDirectory(env);
  const path =
    given.get('passfile')?.value ?? (home && join(home, process.platform === 'win32' ? 'pgpass.conf' : '.pgpass'));
  const file = path ? readPasswordFile(path, warn) : undefined;
  const name = isDefaultSocketFolder(host.host) ? 'localhost' : host.host;
  const found = file && findPassword(file.text, { host: name, port: host.port, database, user });
  return found ? { password: found, passwordFrom: file.path } : {};
}

function readTimeoutMs(given: GivenParameters): number {
  const seconds = readInteger(given, 'connect_timeout');
  return seconds === undefined ? DEFAULT_CONNECT_TIMEOUT_MS : Math.max(seconds, 0) * 1000;
}

function readInteger(given: GivenParameters, name: string): number | undefined {
  const parameter = given.get(name);
  if (parameter && !/^\s*[+-]?\d{1,9}\s*$/.test(parameter.value)) {
    given.problems.push(badValue(parameter, 'a whole number'));
    return undefined;
  }
  return parameter && Number(parameter.value);
}
