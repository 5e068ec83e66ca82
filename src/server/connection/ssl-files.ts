/**
 * The files of TLS: root certificate, revocations, client certificate and key, named or in `~/.postgresql`.
 * https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-FILEUSAGE
 */
import { readFileSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, getCACertificates, type SecureContextOptions } from 'node:tls';
import type { Environment } from './environment.ts';
import type { GivenParameters } from './given-parameters.ts';
import { homeDirectory } from './home.ts';
import type { SettingProblem } from './setting-problems.ts';
import type { SslMode } from './ssl-mode.ts';

export interface Certificates {
  /** Certificates that a chain may end in, PEM. Undefined: the server's certificate is not checked. */
  readonly authorities?: readonly string[];
  /** PEM. */
  readonly revocations?: string;
  readonly client?: { readonly cert: string; readonly key: string; readonly passphrase?: string };
}

export interface CertificateSources {
  readonly mode: SslMode;
  readonly env: Environment;
  readonly warn: (text: string) => void;
}

/** Reads the files that there are; what is wrong with them is added to the problems of `given`. */
export function readCertificates(given: GivenParameters, { mode, env, warn }: CertificateSources): Certificates {
  const open = (parameter: string, name: string) => openFile(given, { parameter, name, env });
  const authorities = readAuthorities(given, { root: open('sslrootcert', 'root.crt'), mode, warn });
  const revocations = open('sslcrl', 'root.crl').text || undefined;
  const fault = revocations && contextFault({ crl: revocations });
  if (fault) {
    const name = given.get('sslcrl')?.name ?? 'sslcrl';
    given.problems.push({ name, came: `not usable: ${fault}`, expected: 'a PEM file of revoked certificates' });
  }
  const files = { cert: open('sslcert', 'postgresql.crt'), key: open('sslkey', 'postgresql.key') };
  const { client, problems } = readClient(given, files);
  // A certificate that nobody named is no reason to fail where TLS is only tried.
  const isIdle = !given.get('sslcert') && (mode === 'allow' || mode === 'prefer');
  if (problems.length > 0 && isIdle) {
    warn(`the client certificate is not used: ${problems.map(({ name, came }) => `${name} is ${came}`).join(', ')}`);
    return { authorities, revocations };
  }
  given.problems.push(...problems);
  return { authorities, revocations, client };
}

interface OpenedFile {
  readonly path: string | undefined;
  readonly stats: Stats | undefined;
  /** Undefined when there is no such file, or it cannot be read (which is a problem). */
  readonly text: string | undefined;
}

/** The file that `parameter` names, or else the one called `name` in ~/.postgresql. A missing one is no problem here. */
function openFile(
  given: GivenParameters,
  { parameter, name, env }: { parameter: string; name: string; env: Environment },
): OpenedFile {
  const home = homeDirectory(env);
  const own = home && (process.platform === 'win32' ? join(home, name) : join(home, '.postgresql', name));
  const path = given.get(parameter)?.value ?? own;
  try {
    const stats = path === undefined || path === 'system' ? undefined : statSync(path, { throwIfNoEntry: false });
    return { path, stats, text: path && stats && readFileSync(path, 'utf8') };
  } catch (error) {
    const came = `"${path}", which cannot be read (${(error as NodeJS.ErrnoException).code})`;
    given.problems.push({ name: given.get(parameter)?.name ?? parameter, came, expected: 'a readable file' });
    return { path, stats: undefined, text: undefined };
  }
}

interface RootCertificate {
  readonly root: OpenedFile;
  readonly mode: SslMode;
  readonly warn: (text: string) => void;
}

function readAuthorities(given: GivenParameters, { root, mode, warn }: RootCertificate): readonly string[] | undefined {
  const parameter = given.get('sslrootcert');
  const name = parameter?.name ?? 'sslrootcert';
  if (root.path === 'system') {
    const certificates = getCACertificates('system');
    return certificates.length > 0 ? certificates : getCACertificates('default');
  }
  if (root.text !== undefined && !/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(root.text)) {
    given.problems.push({ name, came: `"${root.path}", which holds no certificate`, expected: 'a PEM file' });
  }
  if (!root.stats && (mode === 'verify-ca' || mode === 'verify-full')) {
    const came = `"${root.path ?? ''}", which does not exist`;
    const expected = `a file with the root certificate (sslmode is ${mode}), or system for the ones of this machine`;
    given.problems.push({ name, came, expected });
  } else if (!root.stats && parameter) {
    warn(`${name} names "${root.path}", which does not exist: the server's certificate is not checked`);
  }
  return root.text === undefined ? undefined : [root.text];
}

/** As libpq: without a certificate there is no client authentication; with one, its key must exist and be private. */
function readClient(given: GivenParameters, { cert, key }: { cert: OpenedFile; key: OpenedFile }) {
  const problems: SettingProblem[] = [];
  if (cert.text === undefined) {
    return { problems };
  }
  const name = given.get('sslkey')?.name ?? 'sslkey';
  if (!key.stats || key.text === undefined) {
    const came = `"${key.path ?? ''}", which does not exist`;
    return { problems: [{ name, came, expected: `the private key of "${cert.path}"` }] };
  }
  if (isExposed(key.stats)) {
    const came = `"${key.path}", which can be read by others`;
    problems.push({ name, came, expected: `a private file; type: chmod 600 "${key.path}"` });
  }
  const client = { cert: cert.text, key: key.text, passphrase: given.get('sslpassword')?.value };
  const fault = contextFault(client);
  if (fault) {
    const expected = 'the key of the certificate in sslcert, both PEM, and sslpassword if the key is encrypted';
    problems.push({ name, came: `"${key.path}", which is not usable: ${fault}`, expected });
  }
  return { client, problems };
}

/** OpenSSL's reason ("key values mismatch", "bad decrypt"), which holds nothing of what is in the files. */
function contextFault(options: SecureContextOptions): string | undefined {
  try {
    createSecureContext(options);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A key of root's own may be readable by its group, any other key by its owner alone. */
function isExposed({ mode, uid }: Stats): boolean {
  const forbidden = uid === 0 ? 0o037 : 0o077;
  return process.platform !== 'win32' && (mode & forbidden) !== 0;
}
