import { type ConnectionFailure, type ConnectionTarget, renderAddress } from './target.ts';

/** True when the server has no TLS to offer. pg's message; it has no code. */
export function isTlsUnsupported(error: unknown): boolean {
  return error instanceof Error && error.message === 'The server does not support SSL connections';
}

/** True when it did not come to a conversation with the server because of TLS: its own error codes, and node's for a hang-up. */
export function isTlsFailure(error: unknown): boolean {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  return TLS_CODES.test(code) || /secure TLS connection|establishing an SSL connection/.test(message);
}

const TLS_CODES =
  /^(EPROTO$|ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|ERROR_IN_C|INVALID_(CA|PURPOSE)|PATH_LENGTH_|HOSTNAME_MISMATCH)/;

/** Explains why TLS did not come about; undefined for an error that is not about TLS. */
export function explainTlsError(error: Error, target: ConnectionTarget): ConnectionFailure | undefined {
  const mode = target.sslMode ?? 'require';
  if (isTlsUnsupported(error)) {
    return {
      happens: `The server on ${renderAddress(target)} has no TLS, and sslmode=${mode} asks for it.`,
      remedy: ['Turn on TLS there (ssl = on), or, on a network you trust, set sslmode=prefer or sslmode=disable.'],
    };
  }
  const { code = '' } = error as { code?: string };
  if (!TLS_CODES.test(code) && !/secure TLS connection/.test(error.message)) {
    return undefined;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') {
    return {
      happens: `The certificate of the server is not made out for "${target.host}" (sslmode=${mode}).`,
      remedy: ['Use the host name that the certificate names, or sslmode=verify-ca, which does not compare names.'],
    };
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const happens = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
    return {
      happens: `The certificate of the server ${happens} (sslmode=${mode}).`,
      remedy: 'Renew the certificate on the server, or look at the clock of this machine.',
    };
  }
  return { ...(isUntrusted(code) ? untrusted(mode) : handshake(error, mode)) };
}

function isUntrusted(code: string): boolean {
  return /^(SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_(UNTRUSTED|SIGNATURE|REJECTED|REVOKED))/.test(
    code,
  );
}

function untrusted(mode: string): ConnectionFailure {
  return {
    happens: `The root certificate that is set here did not sign the certificate of the server (sslmode=${mode}).`,
    remedy: [
      'Set sslrootcert to the root certificate of the server, a PEM file from whoever runs it,',
      'or to system if a public authority signed it. ~/.postgresql/root.crt counts when sslrootcert is not set.',
    ],
  };
}

function handshake(error: Error, mode: string): ConnectionFailure {
  const { code, reason } = error as { code?: string; reason?: string };
  return {
    happens: `TLS with the server did not come about: ${reason ?? code ?? error.message} (sslmode=${mode}).`,
    remedy: [
      'Look at sslcert and sslkey if the server asks for a certificate of ours,',
      'and at ssl_min_protocol_version and the proxies in between if it does not.',
    ],
  };
}
