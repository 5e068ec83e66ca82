import pg from 'pg';
import { ServerError } from '../errors.ts';
import { checkConnection } from './connection/check.ts';
import { driverOptions, passwordOption } from './connection/driver-options.ts';
import type { Environment } from './connection/environment.ts';
import { readSettings } from './connection/settings.ts';

/**
 * Runs `work` in one transaction that can write nothing and sees one state of the database, on a session of its own.
 * @param source where the URL comes from, for messages: `--from`.
 * @throws SettingsError or ServerError for a URL that is wrong or leads nowhere.
 */
export async function withReadOnlyClient<T>(
  url: string,
  { source, env }: { source: string; env: Environment },
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const settings = readSettings(url, { source, env });
  const chosen = await checkConnection(settings);
  const { host } = chosen;
  const client = new pg.Client({
    ...driverOptions(settings, chosen),
    host: host.address ?? host.host,
    port: host.port,
    user: settings.user,
    database: settings.database,
    password: passwordOption(host),
  });
  let lost: Error | undefined;
  client.on('error', error => {
    lost = error;
  });
  await client.connect();
  try {
    await client.query('set default_transaction_read_only = on');
    // behind a pooler the next statement may be another session's, so that the transaction says it as well
    await client.query('begin isolation level repeatable read read only');
    // the catalog is read under locks that a migration may be waiting to get
    await client.query(`set local lock_timeout = '2s'`);
    return await work(client);
  } catch (error) {
    throw lost ? lostConnection(source, lost) : error;
  } finally {
    // the end of the session ends the transaction
    await client.end().catch(() => undefined);
  }
}

function lostConnection(source: string, cause: Error): ServerError {
  return new ServerError(
    {
      title: `The connection of ${source} was lost`,
      happens: cause.message,
      remedy: 'Run it again.',
      left: 'Nothing was changed.',
    },
    { cause },
  );
}
