/**
 * What a person reads when a server cannot be reached or does not let us in.
 */
import { type PostgresError, postgresError, ServerError } from '../../errors.ts';
import { explainLoginError } from './login-errors.ts';
import { explainNetworkError } from './network-errors.ts';
import { explainRefusal } from './server-refusals.ts';
import { type ConnectionFailure, type ConnectionTarget, renderAddress } from './target.ts';
import { explainTlsError } from './tls-errors.ts';

/** `error` as a message about the connection to `target`; undefined when it is about something else. */
export function explainConnectionError(error: unknown, target: ConnectionTarget): ServerError | undefined {
  const postgres = postgresError(error);
  const failure = postgres ? explainRefusal(postgres, target) : explainByChain(error, target);
  return failure && connectionError(failure, { target, cause: postgres ?? error });
}

/** For what went wrong while connecting and has no explanation of its own. */
export function unexplainedConnectionError(error: unknown, target: ConnectionTarget): ServerError {
  const postgres: PostgresError | undefined = postgresError(error);
  const message = error instanceof Error ? error.message : String(error);
  const happens = postgres ? 'The server refused the connection.' : `The connection failed: ${message}.`;
  const remedy = 'Correct the connection URL or the server, and run the command again.';
  return connectionError({ happens, remedy }, { target, cause: postgres ?? error });
}

/** MikroORM wraps the errors of pg, and node those of several addresses: any of them may be the one that tells. */
function explainByChain(error: unknown, target: ConnectionTarget): ConnectionFailure | undefined {
  if (!(error instanceof Error)) {
    return undefined;
  }
  const failure =
    explainLoginError(error, target) ?? explainTlsError(error, target) ?? explainNetworkError(error, target);
  const within = error.cause ?? (error as { previous?: unknown }).previous;
  return failure ?? explainByChain(within, target);
}

function connectionError(
  { happens, remedy }: ConnectionFailure,
  { target, cause }: { target: ConnectionTarget; cause: unknown },
): ServerError {
  return new ServerError(
    {
      title: `Cannot connect to the database "${target.dbName}" on ${renderAddress(target)} as "${target.user}"`,
      happens,
      remedy,
      reference: 'docs/connecting.md',
    },
    { cause },
  );
}
