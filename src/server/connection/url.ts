/**
 * Reads `postgresql://[user[:password]@][host[:port]][,…][/database][?name=value[&…]]` as libpq does.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 *
 * A password with a raw "@" or "/" spills over into host, port, database or parameters: nothing of those gets into a problem
 * while it may be a part of a password.
 */

import { type Reading, storeParameter, UNKNOWN_NAMES } from './parameter-reading.ts';
import { connectionParameters } from './parameters.ts';

/** Adds the parts and parameters of `url` to `reading`, decoded; parameters win over parts. */
export function readConnectionUrl(url: string, reading: Reading): void {
  const text = url.slice(url.indexOf('://') + '://'.length);
  // As libpq: an "@" ends user and password unless a "/" comes first; a "?" before it does not matter.
  const end = text.search(/[@/]/);
  const userInfo = text[end] === '@' ? text.slice(0, end) : undefined;
  const { hosts, ports, path, query } = splitLocation(text.slice(userInfo === undefined ? 0 : end + 1), reading);
  if ([...hosts, ...ports, path].some(part => part.includes('@')) || userInfo?.split(':')[0]?.includes('?')) {
    const expected = '%40 for "@", %2F for "/" and %3F for "?" within a user name, a password or another value';
    reading.problems.push({ name: reading.source, came: 'a URL with an "@" where none can be', expected });
    return;
  }
  if (userInfo === undefined) {
    // postgresql://user:password/database, the host forgotten
    reading.concealed.add('port');
  }
  if (query.includes('@')) {
    reading.concealed.add(UNKNOWN_NAMES);
  }
  const [user = '', ...password] = (userInfo ?? '').split(':');
  storePart('user', user, reading);
  storePart('password', password.join(':'), reading);
  storePart('host', hosts.join(','), reading);
  storePart('port', ports.join(','), reading);
  storePart('dbname', path, reading);
  readQuery(query, reading);
}

/** Splits `host:port,[v6]:port/path?query`; hosts come without their brackets, all still percent-encoded. */
function splitLocation(text: string, reading: Reading) {
  const hosts: string[] = [];
  const ports: string[] = [];
  const server = /(?:\[(?<address>[^\]]*)(?<closing>\]?)(?<junk>[^:/?,]*)|(?<name>[^:/?,]*))(?::(?<port>[^/?,]*))?/y;
  let position = -1;
  do {
    server.lastIndex = position + 1;
    const { address, closing, junk, name, port } = server.exec(text)?.groups ?? {};
    if (address === '' || closing === '' || junk) {
      const came = address === '' ? 'a pair of empty brackets' : 'not an address between brackets';
      reading.problems.push({ name: `host in ${reading.source}`, came, expected: 'an IPv6 address like [::1]' });
    }
    hosts.push(address ?? name ?? '');
    ports.push(port ?? '');
    position = server.lastIndex;
  } while (text[position] === ',');
  const [path = '', ...query] = text.slice(position).split('?');
  return { hosts, ports, path: path.replace(/^\//, ''), query: query.join('?') };
}

function readQuery(query: string, reading: Reading): void {
  const pairs = query.split('&');
  if (pairs.at(-1) === '') {
    // libpq stops at the end of the text: nothing behind the last "&" (or the "?") is no parameter
    pairs.pop();
  }
  for (const pair of pairs) {
    const [rawName = '', rawValue, ...more] = pair.split('=');
    const name = decode(rawName, { part: 'a parameter', reading });
    const part = name !== undefined && Object.hasOwn(connectionParameters, name) ? name : 'a parameter';
    if (rawValue === undefined || more.length > 0) {
      const came = `written ${rawValue === undefined ? 'without' : 'with more than one'} "="`;
      reading.problems.push({ name: `${part} in ${reading.source}`, came, expected: 'name=value, %3D for "=" within' });
      continue;
    }
    const value = decode(rawValue, { part, reading });
    if (name !== undefined && value !== undefined) {
      storeParameter(reading, name, value);
    }
    if (name === 'port') {
      reading.concealed.delete(name);
    }
  }
}

/** An empty part is as if it were not there, so that the environment's value counts. */
function storePart(name: string, raw: string, reading: Reading): void {
  const value = raw === '' ? undefined : decode(raw, { part: name, reading });
  if (value !== undefined) {
    reading.values.set(name, value);
  }
}

/** Undoes percent-encoding. As in libpq 18, spaces around a value go and one within it must be written %20. */
function decode(raw: string, { part, reading }: { part: string; reading: Reading }): string | undefined {
  const text = raw.replace(/^ +| +$/g, '');
  const fault = decodingFault(text);
  if (fault) {
    reading.problems.push({ name: `${part} in ${reading.source}`, ...fault });
    return undefined;
  }
  return decodeURIComponent(text);
}

function decodingFault(text: string): { came: string; expected: string } | undefined {
  if (/%(?![0-9a-f]{2})/i.test(text)) {
    return { came: 'written with a "%" that no two hexadecimal digits follow', expected: '%25 for "%"' };
  }
  if (text.includes('%00')) {
    return { came: 'written with %00', expected: 'no zero byte' };
  }
  if (text.includes(' ')) {
    return { came: 'written with a space', expected: '%20 for " "' };
  }
  try {
    decodeURIComponent(text);
    return undefined;
  } catch {
    return { came: 'percent-encoded in another way than UTF-8', expected: '%C3%A9 for "é" and so on' };
  }
}
