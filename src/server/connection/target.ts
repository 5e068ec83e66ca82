import { systemUserName } from './home.ts';
import { isSocketFolder } from './hosts.ts';
import type { SslMode } from './ssl-mode.ts';

/** Whom we tried to reach, for messages. What `connectionOptions` gives is one. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly dbName: string;
  readonly sslMode?: SslMode;
  /** Where the password comes from, for people. */
  readonly passwordFrom?: string;
  readonly connectTimeoutMs?: number;
}

/** What happens and what to do; title and the rest are the same for all failures to connect. */
export interface ConnectionFailure {
  readonly happens: string;
  readonly remedy: string | readonly string[];
}

/** `localhost:5432`, `[::1]:5432`, `/tmp/.s.PGSQL.5432`. */
export function renderAddress({ host, port }: Pick<ConnectionTarget, 'host' | 'port'>): string {
  if (isSocketFolder(host)) {
    return `${host}/.s.PGSQL.${port}`;
  }
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The arguments that lead a program of PostgreSQL to the server, without those that it has by itself: `-h localhost -p 5433`. */
export function renderArguments({ host, port, user }: { host: string; port: number; user?: string }): string {
  const isOther = user !== undefined && user !== systemUserName();
  return [
    `-h ${quoteForShell(host)}`,
    ...(port === 5432 ? [] : [`-p ${port}`]),
    ...(isOther ? [`-U ${quoteForShell(user)}`] : []),
  ].join(' ');
}

export function quoteForShell(text: string): string {
  return /^[\w@%+=:,./][\w@%+=:,./-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A name as SQL writes it. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
