/**
 * Finds out whether and how the server of the settings can be reached, by logging in as libpq does: host after host, with and
 * without TLS where sslmode leaves that open.
 */
import { postgresError, ServerError } from '../../errors.ts';
import type { ChosenServer } from './driver-options.ts';
import { explainConnectionError, unexplainedConnectionError } from './errors.ts';
import { logIn } from './log-in.ts';
import { MissingPasswordError } from './login-errors.ts';
import type { ConnectionSettings, HostSettings, TargetSession } from './settings.ts';
import { tlsAttempts } from './ssl.ts';
import { isTlsFailure, isTlsUnsupported } from './tls-errors.ts';

/**
 * Logs in, looks at the session and leaves again. Nothing is created or changed.
 * @returns the first server that will do.
 * @throws ServerError that says why none does and what to do about it.
 */
export async function checkConnection(settings: ConnectionSettings): Promise<ChosenServer> {
  const wanted: TargetSession[] =
    settings.targetSession === 'prefer-standby' ? ['standby', 'any'] : [settings.targetSession];
  const failures: ServerError[] = [];
  for (const targetSession of wanted) {
    failures.length = 0;
    for (const host of settings.hosts) {
      try {
        return await reachHost({ ...settings, targetSession }, host);
      } catch (error) {
        failures.push(explain(error, settings, host));
        if (!mayTryNextHost(error)) {
          throw failures.at(-1);
        }
      }
    }
  }
  throw failures.length === 1 ? failures[0] : noneOf(failures);
}

/** As libpq: a server that answers and refuses (a wrong password, no such database) ends the search. */
function mayTryNextHost(error: unknown): boolean {
  const code = postgresError(error)?.code;
  return (code === undefined && !(error instanceof MissingPasswordError)) || code === '57P03';
}

function noneOf(failures: readonly ServerError[]): ServerError {
  return new ServerError(
    {
      title: `Cannot connect to any of the ${failures.length} servers`,
      happens: failures.map(({ explanation }) => `${explanation.title}: ${explanation.happens}`).join('\n'),
      remedy: failures[0]?.explanation.remedy ?? '',
      left: 'Nothing was changed.',
      reference: 'docs/connecting.md',
    },
    { cause: failures.at(-1)?.cause },
  );
}

async function reachHost(settings: ConnectionSettings, host: HostSettings): Promise<ChosenServer> {
  const failures: unknown[] = [];
  for (const tls of tlsAttempts(settings.tls, host)) {
    try {
      await logIn(settings, { host, tls });
      return { host, tls };
    } catch (error) {
      failures.push(error);
      if (!mayTryOtherWay(error)) {
        break;
      }
    }
  }
  throw mostTelling(failures);
}

/** The one that got furthest; that there is no TLS says nothing when another way failed too. */
function mostTelling(failures: readonly unknown[]): unknown {
  return (
    failures.find(failure => !mayTryOtherWay(failure)) ??
    failures.find(failure => !isTlsUnsupported(failure)) ??
    failures[0]
  );
}

/** pg_hba.conf may let in one of the two, with TLS or without. */
function mayTryOtherWay(error: unknown): boolean {
  return isTlsUnsupported(error) || isTlsFailure(error) || postgresError(error)?.code === '28000';
}

function explain(error: unknown, settings: ConnectionSettings, host: HostSettings): ServerError {
  const target = {
    host: host.host,
    port: host.port,
    user: settings.user,
    dbName: settings.database,
    sslMode: settings.tls.mode,
    passwordFrom: host.passwordFrom,
    connectTimeoutMs: settings.connectTimeoutMs,
  };
  return explainConnectionError(error, target) ?? unexplainedConnectionError(error, target);
}
