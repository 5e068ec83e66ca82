/**
 * Makes the server of the test run speak TLS and adds rules to its pg_hba.conf, for as long as one file of tests needs them.
 * The rules name users of these tests alone, and nobody speaks TLS who does not ask for it: other tests notice nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';
import { withClient } from '../support/database.ts';
import { testServer } from '../support/server.ts';

export const certificates = join(import.meta.dirname, 'tls');

/** The URL of a database of the test server, `postgres` unless named, as its superuser unless another user is. */
export function serverUrl({ user, password, database = 'postgres', host, query = '' }: ServerUrlOptions = {}): string {
  const server = testServer();
  const credentials = user === undefined ? `${server.user}:${server.password}` : `${user}:${password ?? ''}`;
  return `postgresql://${credentials}@${host ?? server.host}:${server.port}/${database}${query && `?${query}`}`;
}

export interface ServerUrlOptions {
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly host?: string;
  readonly query?: string;
}

/**
 * Turns on TLS with the certificate for localhost and puts `rules` before the server's own. TLS stays on until the server
 * goes: a command of another test may have found out that there is some, and connect the next moment.
 * @returns what takes the rules away again.
 */
export async function withTlsServer(rules: readonly string[]): Promise<() => Promise<void>> {
  const before = await asSuperuser(async client => {
    const { rows } = await client.query<{ text: string }>(`select pg_read_file('pg_hba.conf') as text`);
    for (const name of ['server.crt', 'server.key', 'ca.crt']) {
      await writeServerFile(client, { name, text: readFileSync(join(certificates, name), 'utf8') });
    }
    return rows[0]?.text ?? '';
  });
  const setRules = (text: string) =>
    asSuperuser(async client => {
      await writeServerFile(client, { name: 'pg_hba.conf', text });
      await client.query('select pg_reload_conf()');
    });
  await asSuperuser(async client => {
    await client.query(`alter system set ssl_ca_file = 'ca.crt'`);
    await client.query('alter system set ssl = on');
  });
  await setRules(`${rules.join('\n')}\n${before}`);
  await untilTls();
  return () => setRules(before);
}

export function asSuperuser<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(serverUrl(), work);
}

/** Through a shell on the server's side, which alone may write where it keeps its data, and privately as it wants a key. */
async function writeServerFile(client: pg.Client, { name, text }: { name: string; text: string }): Promise<void> {
  const lines = text.split('\n').map(line => `(${client.escapeLiteral(line)})`);
  await client.query(`copy (values ${lines.join(', ')}) to program 'umask 077 && cat > ${name}'`);
}

/** The postmaster takes notice of a reload some time after it was told. */
async function untilTls(): Promise<void> {
  for (let state = ''; state !== 'on'; await setTimeout(20)) {
    state = await asSuperuser(async client => (await client.query('show ssl')).rows[0].ssl);
  }
}
