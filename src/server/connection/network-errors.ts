import { isLocalServer, isSocketFolder } from './hosts.ts';
import { type ConnectionFailure, type ConnectionTarget, renderAddress, renderArguments } from './target.ts';

/** Explains that no PostgreSQL was reached; undefined for an error that is not about the network. */
export function explainNetworkError(error: Error, target: ConnectionTarget): ConnectionFailure | undefined {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const address = renderAddress(target);
  if (code === 'ECONNREFUSED') {
    return { happens: `Nothing accepts connections on ${address}.`, remedy: startOrCorrect(target) };
  }
  if (code === 'ENOENT' && syscall === 'connect') {
    return { happens: `There is no socket ${address}.`, remedy: startOrCorrect(target) };
  }
  if ((code === 'EACCES' || code === 'EPERM') && syscall === 'connect') {
    return {
      happens: `The operating system does not let us use ${address}.`,
      remedy: isSocketFolder(target.host)
        ? 'Connect over TCP (postgresql://localhost/…), or as a user who may enter that folder.'
        : 'Look for a firewall or a sandbox that forbids the connection.',
    };
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_NODATA') {
    const happens = code === 'EAI_AGAIN' ? 'No name server answers for' : 'There is no address for';
    return {
      happens: `${happens} the host name "${target.host}".`,
      remedy: 'Correct the host in the connection URL, or look at the network and VPN of this machine.',
    };
  }
  if (['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL'].includes(code ?? '')) {
    return {
      happens: `There is no way to ${address} from this machine (${code}).`,
      remedy: 'Correct the host in the connection URL, or look at the network and VPN of this machine.',
    };
  }
  return explainSilence(error, target);
}

/** pg's own words; they have no codes. */
const TIMEOUTS =
  /^(timeout expired|Query read timeout|timeout exceeded when trying to connect)$|due to connection timeout$/;
const BROKEN =
  /^Connection terminated( unexpectedly)?$|establishing an SSL connection$|received invalid response|^unexpected message from server/i;

function explainSilence(error: Error, target: ConnectionTarget): ConnectionFailure | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  const address = renderAddress(target);
  if (code === 'ETIMEDOUT' || TIMEOUTS.test(message)) {
    const waited = target.connectTimeoutMs ? ` within ${target.connectTimeoutMs / 1000} s` : ' in time';
    return {
      happens: `There was no answer from ${address}${waited}.`,
      remedy: [
        'Look for a wrong host or port, a firewall, or a server that is overloaded.',
        'To wait longer, add connect_timeout=30 (seconds) to the connection URL.',
      ],
    };
  }
  if (code === 'ECONNRESET' || BROKEN.test(message)) {
    return {
      happens: `What listens on ${address} hung up, or does not answer as PostgreSQL does.`,
      remedy: [
        'Make sure that host and port are those of PostgreSQL, not of another service.',
        'Behind a proxy or pooler: make sure that it has a running server to pass us on to.',
      ],
    };
  }
  return undefined;
}

function startOrCorrect(target: ConnectionTarget): string[] {
  return [
    'Start the PostgreSQL server, or correct host and port in the connection URL.',
    `To see whether it runs: pg_isready ${renderArguments({ host: target.host, port: target.port })}`,
    ...(isLocalServer(target) ? ['Without DATABASE_URL, a PostgreSQL of our own is started on this machine.'] : []),
  ];
}
