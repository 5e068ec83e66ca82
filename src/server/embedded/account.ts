/**
 * Who PostgreSQL runs as. It refuses to run as root, so root hands it to an account that exists already; none is created.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ServerError } from '../../errors.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** In this order: made for the purpose, made for having no rights, and there on every Unix. */
const KNOWN_ACCOUNTS = ['postgres', '_postgres', 'nobody', 'daemon'];

/**
 * The account that PostgreSQL runs as for the data in `directory` (which need not exist yet): the owner of what is there
 * already, so that root and the owner of a clone share one server, otherwise a well-known unprivileged account.
 * Undefined for everyone but root: they run it as themselves.
 * @throws ServerError when the machine has no such account.
 */
export function chooseAccount(directory: string): Account | undefined {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const accounts = readAccounts();
  const owner = ownerOf(directory);
  const account =
    accounts.find(({ uid }) => uid === owner) ??
    KNOWN_ACCOUNTS.map(known => accounts.find(({ name }) => name === known)).find(found => found !== undefined);
  if (!account) {
    throw new ServerError({
      title: 'The embedded PostgreSQL cannot be started as root',
      happens: `PostgreSQL refuses to run as root, and /etc/passwd has none of the accounts ${KNOWN_ACCOUNTS.join(', ')}.`,
      remedy: 'Run the command as an ordinary user, or set DATABASE_URL to the PostgreSQL server to use.',
    });
  }
  return account;
}

/** Accounts of /etc/passwd that are not root. Negative numbers (nobody on macOS) are no use to chown. */
function readAccounts(): Account[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ name, uid, gid }) => name !== '' && uid > 0 && gid > 0);
}

/** The owner of `path`, or of the nearest folder above it that exists. */
function ownerOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? found.uid : ownerOf(dirname(path));
}
