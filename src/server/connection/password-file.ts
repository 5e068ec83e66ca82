/**
 * The password file `~/.pgpass`: lines of `host:port:database:user:password`, the first that matches counts.
 * https://www.postgresql.org/docs/current/libpq-pgpass.html
 *
 * The npm package pgpass, which pg uses, looks at the process's environment alone, takes no `passfile`, and reads a password
 * up to the end of the line where libpq stops at a colon.
 */
import { readFileSync, statSync } from 'node:fs';

export interface PasswordKey {
  /** `localhost` for the default socket directory. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

export interface PasswordFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Reads the file; undefined when there is none or it cannot be read. A file that others may read is left alone and `warn` is
 * told, as libpq does.
 */
export function readPasswordFile(path: string, warn: (text: string) => void): PasswordFile | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) {
    return undefined;
  }
  if (!stats.isFile()) {
    warn(`the password file "${path}" is not a plain file and is not used`);
    return undefined;
  }
  if (process.platform !== 'win32' && stats.mode & 0o077) {
    warn(`the password file "${path}" can be read by others and is not used; type: chmod 600 "${path}"`);
    return undefined;
  }
  try {
    return { path, text: readFileSync(path, 'utf8') };
  } catch {
    return undefined;
  }
}

/** The password for `key`; undefined when no line matches. */
export function findPassword(text: string, { host, port, database, user }: PasswordKey): string | undefined {
  const wanted = [host, String(port), database, user];
  for (const line of text.split(/\r?\n/)) {
    const fields = line.startsWith('#') ? [] : splitFields(line);
    const password = fields[wanted.length];
    if (password !== undefined && wanted.every((value, at) => fields[at] === ANY || literal(fields[at]) === value)) {
      return literal(password);
    }
  }
  return undefined;
}

const ANY = '*';

/** Splits at colons that no backslash precedes. The fields keep their backslashes, so that `\*` is no wildcard. */
function splitFields(line: string): string[] {
  const fields = [''];
  for (const [piece] of line.matchAll(/\\.|./gs)) {
    if (piece === ':') {
      fields.push('');
    } else {
      fields.push(`${fields.pop()}${piece}`);
    }
  }
  return fields;
}

function literal(field = ''): string {
  return field.replace(/\\(.)/g, '$1');
}
