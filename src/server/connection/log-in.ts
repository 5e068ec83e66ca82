import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import pg from 'pg';
import { type ChosenServer, driverOptions, passwordOption } from './driver-options.ts';
import { UnsuitableServerError } from './login-errors.ts';
import type { ConnectionSettings, TargetSession } from './settings.ts';

/**
 * Logs in to one server in one way, makes sure that it is the kind that the settings ask for, and leaves.
 * @throws what pg gives, {@link UnsuitableServerError} or MissingPasswordError.
 */
export async function logIn(settings: ConnectionSettings, chosen: ChosenServer): Promise<void> {
  const { user, database, connectTimeoutMs } = settings;
  const { host } = chosen;
  const socket = new Socket();
  const client = new pg.Client({
    ...driverOptions(settings, chosen),
    host: host.address ?? host.host,
    port: host.port,
    user,
    database,
    password: passwordOption(host),
    query_timeout: connectTimeoutMs,
    stream: () => socket,
  });
  // What goes wrong comes out of connect and query; an event without a listener would end the process.
  client.on('error', () => undefined);
  try {
    const offered = recordMechanisms(client);
    await client.connect();
    assertChannelBinding(settings, offered);
    const { rows } = await client.query<Session>(SESSION);
    assertSession(settings.targetSession, rows[0]);
    await client.end();
  } finally {
    // pg leaves the socket open after some failures, which would keep the process alive.
    socket.destroy();
  }
}

/** The password mechanisms that the server offers; pg takes `SCRAM-SHA-256-PLUS`, with channel binding, if it is one. */
function recordMechanisms(client: pg.Client): string[] {
  const offered: string[] = [];
  const { connection } = client as unknown as { connection: EventEmitter };
  connection.once('authenticationSASL', ({ mechanisms }: { mechanisms: string[] }) => offered.push(...mechanisms));
  return offered;
}

function assertChannelBinding({ requiresChannelBinding }: ConnectionSettings, offered: readonly string[]): void {
  if (requiresChannelBinding && !offered.includes('SCRAM-SHA-256-PLUS')) {
    throw new UnsuitableServerError('It does not offer channel binding, and channel_binding=require asks for it.');
  }
}

interface Session {
  readonly standby: boolean;
  readonly readOnly: boolean;
}

const SESSION = `select pg_is_in_recovery() as standby, current_setting('default_transaction_read_only') = 'on' as "readOnly"`;

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS */
function assertSession(
  target: TargetSession,
  { standby, readOnly }: Session = { standby: false, readOnly: false },
): void {
  const isWritable = !standby && !readOnly;
  const suits: Record<TargetSession, boolean> = {
    any: true,
    'read-write': isWritable,
    'read-only': !isWritable,
    primary: !standby,
    standby,
    'prefer-standby': true,
  };
  if (!suits[target]) {
    const found = standby ? 'a standby' : `a ${readOnly ? 'read-only' : 'writable'} primary`;
    throw new UnsuitableServerError(`It is ${found}, and target_session_attrs=${target} asks for another kind.`);
  }
}
