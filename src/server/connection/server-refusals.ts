/**
 * What PostgreSQL says before it lets anybody in. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
import type { PostgresError } from '../../errors.ts';
import {
  type ConnectionFailure,
  type ConnectionTarget,
  quoteForShell,
  quoteIdentifier,
  renderArguments,
} from './target.ts';

/** Explains a refusal by its SQLSTATE; undefined for an error that is not about connecting. */
export function explainRefusal(error: PostgresError, target: ConnectionTarget): ConnectionFailure | undefined {
  const { dbName, user, passwordFrom } = target;
  switch (error.code) {
    case '3D000':
      return {
        happens: `There is no database "${dbName}" on this server. It is never created for you.`,
        remedy: `Type: createdb ${quoteForShell(dbName)} ${renderArguments(target)}`,
      };
    case '28P01':
      return {
        happens: `The server does not accept the password for "${user}"${passwordFrom ? ` (${passwordFrom})` : ''}.`,
        remedy: [
          'Correct the user or the password. In a URL write %40 for "@", %3A for ":", %2F for "/" and %25 for "%".',
        ],
      };
    case '28000':
      return explainRejection(error, target);
    case '53300':
      return {
        happens: 'The server, the database or the user has as many connections as are allowed.',
        remedy: [
          'Close some, or raise max_connections or the connection limit. Who is connected:',
          'select pid, usename, application_name, state from pg_stat_activity',
        ],
      };
    case '57P03':
      return {
        happens: 'The server is starting up, shutting down or recovering, and lets nobody in yet.',
        remedy: 'Wait a moment and run the command again.',
      };
    case '57P01':
    case '57P02':
      return {
        happens: 'The server ended the connection: it is shutting down, or somebody ended our session.',
        remedy: 'Run the command again when the server is up.',
      };
    case '08P01':
    case '08004':
      return {
        happens: 'The server, or a pooler in front of it, does not accept the connection.',
        remedy: [
          'Use the URL that leads to PostgreSQL directly: migrations need a session of their own.',
          'A pooler that knows no "options" needs a URL (and PGOPTIONS) without them.',
        ],
      };
    default:
      return explainMissingRight(error, target);
  }
}

/** These codes have other meanings in a running session; `routine` is the function of the server that reports. */
function explainMissingRight(error: PostgresError, { dbName, user }: ConnectionTarget): ConnectionFailure | undefined {
  const { routine } = error as { routine?: string };
  if (routine !== 'CheckMyDatabase' && routine !== 'InitPostgres') {
    return undefined;
  }
  if (error.code === '42501') {
    const grant = `grant connect on database ${quoteIdentifier(dbName)} to ${quoteIdentifier(user)}`;
    return {
      happens: `"${user}" may not connect to "${dbName}".`,
      remedy: `Let the owner of the database run: ${grant}`,
    };
  }
  if (error.code === '55000') {
    const allow = `alter database ${quoteIdentifier(dbName)} allow_connections true`;
    return { happens: `The database "${dbName}" takes no connections.`, remedy: `Let its owner run: ${allow}` };
  }
  return undefined;
}

function explainRejection(error: PostgresError, target: ConnectionTarget): ConnectionFailure {
  const { user } = target;
  const { routine } = error as { routine?: string };
  if (routine === 'InitializeSessionUserId') {
    return {
      happens: `There is no role "${user}" on this server, or it is not allowed to log in.`,
      remedy: [
        `To make it, type: createuser ${quoteForShell(user)} ${renderArguments({ host: target.host, port: target.port })}`,
        `To let it log in: alter role ${quoteIdentifier(user)} login`,
        'For another role, write it into the URL (postgresql://user@host/…) or set PGUSER.',
      ],
    };
  }
  if (routine === 'auth_failed') {
    return {
      happens: `The server does not let this operating system's user in as "${user}".`,
      remedy: [
        'Connect over TCP with a password (postgresql://user@localhost/…), or as the user of that name,',
        'or correct the line of pg_hba.conf.',
      ],
    };
  }
  return {
    happens: `The server has no rule that lets "${user}" in from here to "${target.dbName}".`,
    remedy: [
      ...(/no encryption|SSL off/.test(error.message) ? ['Connect with TLS: add sslmode=require to the URL.'] : []),
      'Let whoever runs the server add a line to pg_hba.conf, or allow the address of this machine there.',
    ],
  };
}
