/**
 * Which servers the settings name: one host, or a list that is tried in order.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS
 */
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { badValue, type GivenParameters } from './given-parameters.ts';

export interface Host {
  /** A name, an IP address, or the folder of a unix socket (it begins with `/`). */
  readonly host: string;
  /** An IP address to connect to instead of looking up `host`. */
  readonly address?: string;
  readonly port: number;
}

const DEFAULT_PORT = 5432;

/** Where Debian's and everybody else's PostgreSQL puts its socket. */
const SOCKET_FOLDERS = ['/var/run/postgresql', '/tmp'];

/** Reads host, hostaddr and port; what is wrong with them is added to the problems of `given`. */
export function readHosts(given: GivenParameters): Host[] {
  const names = listOf(given.get('host')?.value);
  const addresses = readAddresses(given);
  const count = Math.max(names.length, addresses.length, 1);
  const ports = readPorts(given, count);
  const host = given.get('host');
  if (host && addresses.length > 0 && names.length !== addresses.length) {
    given.problems.push(badValue(host, `as many hosts as there are in hostaddr (${addresses.length})`));
  }
  if (host && names.some(name => name.startsWith('@'))) {
    given.problems.push(badValue(host, 'a folder for a unix socket: the driver has no abstract ones'));
  }
  return Array.from({ length: count }, (_, at) => {
    const port = ports[at] ?? DEFAULT_PORT;
    const address = addresses[at] || undefined;
    return { host: names[at] || address || defaultHost(port), address, port };
  });
}

/**
 * The host when none is given. libpq takes the socket folder it was compiled for, on Unix; we cannot know which that is and
 * take the one that has a socket of this port, or else localhost.
 */
function defaultHost(port: number): string {
  return SOCKET_FOLDERS.find(folder => existsSync(join(folder, `.s.PGSQL.${port}`))) ?? 'localhost';
}

/** True for the folder of a unix socket. */
export function isSocketFolder(host: string): boolean {
  return host.startsWith('/');
}

/** True for a socket folder that libpq may have as its default: a password file calls it localhost. */
export function isDefaultSocketFolder(host: string): boolean {
  return SOCKET_FOLDERS.includes(host);
}

/**
 * True when the server runs on this machine, as far as its address tells: a unix socket, `localhost` or a loopback address.
 * Takes what `connectionOptions` gives and MikroORM's configuration holds.
 */
export function isLocalServer({ host }: { readonly host?: string }): boolean {
  const name = (host ?? '').toLowerCase().replace(/\.$/, '');
  const isLoopback =
    isIP(name) === 4 ? name.startsWith('127.') : /^(::1|::ffff:127\.[\d.]+|0:0:0:0:0:0:0:1)$/.test(name);
  return isSocketFolder(name) || name === 'localhost' || name.endsWith('.localhost') || isLoopback;
}

function readAddresses(given: GivenParameters): string[] {
  const parameter = given.get('hostaddr');
  const addresses = listOf(parameter?.value);
  if (parameter && addresses.some(address => address !== '' && isIP(address.replace(/%.*$/, '')) === 0)) {
    given.problems.push(badValue(parameter, 'an IP address, no name'));
  }
  return addresses;
}

/** One port serves all hosts; otherwise there must be as many as hosts. An empty one is the default. */
function readPorts(given: GivenParameters, hosts: number): number[] {
  const parameter = given.get('port');
  const texts = listOf(parameter?.value);
  const ports = texts.map(text => (text.trim() === '' ? DEFAULT_PORT : Number(text)));
  if (parameter && !ports.every((port, at) => /^\s*\d*\s*$/.test(texts[at] ?? '') && port >= 1 && port <= 65535)) {
    const afterUser = parameter.concealed ? ' (user:password come before an "@")' : '';
    given.problems.push(badValue(parameter, `a number from 1 to 65535${afterUser}`));
  } else if (parameter && ports.length !== 1 && ports.length !== hosts) {
    given.problems.push(badValue(parameter, `one port, or as many as there are hosts (${hosts})`));
  }
  return ports.length === 1 ? Array.from({ length: hosts }, () => ports[0] ?? DEFAULT_PORT) : ports;
}

function listOf(value: string | undefined): string[] {
  return value ? value.split(',') : [];
}
