/**
 * sslmode and its certificates with libpq's meaning, as the `ssl` option of pg, which reads `require` as `verify-full`.
 * https://www.postgresql.org/docs/current/libpq-ssl.html
 */
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, type SecureVersion } from 'node:tls';
import type { Environment } from './environment.ts';
import { badValue, type GivenParameters } from './given-parameters.ts';
import { type Host, isSocketFolder } from './hosts.ts';
import { type Certificates, readCertificates } from './ssl-files.ts';
import { SSL_MODES, type SslMode } from './ssl-mode.ts';

export interface TlsSettings extends Certificates {
  readonly mode: SslMode;
  /** TLS from the first byte, without asking first. PostgreSQL 17 and later. */
  readonly direct: boolean;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
}

export interface TlsSources {
  readonly hosts: readonly Host[];
  readonly env: Environment;
  readonly warn: (text: string) => void;
}

/** Reads what concerns TLS, certificate files included; what is wrong is added to the problems of `given`. */
export function readTlsSettings(given: GivenParameters, { hosts, env, warn }: TlsSources): TlsSettings {
  const isSystem = given.get('sslrootcert')?.value === 'system';
  const mode = readChoice(given, 'sslmode', SSL_MODES) ?? (isSystem ? 'verify-full' : 'prefer');
  const direct = readChoice(given, 'sslnegotiation', ['postgres', 'direct'] as const) === 'direct';
  const versions = {
    minVersion: readVersion(given, 'ssl_min_protocol_version'),
    maxVersion: readVersion(given, 'ssl_max_protocol_version'),
  };
  const sslmode = given.get('sslmode');
  const negotiation = given.get('sslnegotiation');
  if (direct && negotiation && ['disable', 'allow', 'prefer'].includes(mode)) {
    given.problems.push(badValue(negotiation, 'sslmode=require or stronger with it'));
  }
  if (isSystem && sslmode && mode !== 'verify-full') {
    given.problems.push(badValue(sslmode, 'verify-full, since sslrootcert is system'));
  }
  if (mode === 'disable' || hosts.every(({ host }) => isSocketFolder(host))) {
    return { mode, direct, ...versions };
  }
  return { mode, direct, ...versions, ...readCertificates(given, { mode, env, warn }) };
}

/** One of `choices`, or undefined when nothing is given or it is none of them, which is a problem. */
export function readChoice<T extends string>(
  given: GivenParameters,
  name: string,
  choices: readonly T[],
): T | undefined {
  const parameter = given.get(name);
  const choice = choices.find(known => known === parameter?.value);
  if (parameter && choice === undefined) {
    given.problems.push(badValue(parameter, `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`));
  }
  return choice;
}

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

function readVersion(given: GivenParameters, name: string): SecureVersion | undefined {
  const parameter = given.get(name);
  const version = VERSIONS.find(known => known.toLowerCase() === parameter?.value.toLowerCase());
  if (parameter && !version) {
    given.problems.push(badValue(parameter, VERSIONS.join(', ')));
  }
  return version;
}

/**
 * Whether to connect with TLS, in the order to try. `prefer` and `allow` have a second way, which counts when the server
 * refuses the first. Over a unix socket there is no TLS, whatever the mode.
 */
export function tlsAttempts({ mode }: TlsSettings, { host }: Host): readonly boolean[] {
  if (isSocketFolder(host) || mode === 'disable') {
    return [false];
  }
  if (mode === 'allow') {
    return [false, true];
  }
  return mode === 'prefer' ? [true, false] : [true];
}

/**
 * pg's `ssl` option for a connection with TLS to `host`. The chain is checked in every mode when there is a root certificate,
 * the name in `verify-full` alone: against the host of the settings, since node would take `localhost` for an IP address.
 */
export function sslOption(tls: TlsSettings, { host }: Host): ConnectionOptions {
  const { mode, authorities, revocations, client, minVersion, maxVersion } = tls;
  const options: ConnectionOptions = { rejectUnauthorized: authorities !== undefined };
  const checkName: typeof checkServerIdentity = (_name, certificate) => checkServerIdentity(host, certificate);
  return {
    ...options,
    ...(authorities && { ca: [...authorities] }),
    ...(authorities && { checkServerIdentity: mode === 'verify-full' ? checkName : () => undefined }),
    ...(isIP(host) === 0 && { servername: host }),
    ...(revocations && { crl: revocations }),
    ...client,
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
  };
}
