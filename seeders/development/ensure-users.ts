/** The accounts of the development data in the database: found again when they are there, added when not. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { User } from '../../entities/index.ts';
import { joinedAt, UserFactory } from '../factories/user-factory.ts';
import { type Account, accounts, parent } from './accounts.ts';
import { developmentSalt, hashPassword } from './password.ts';

export interface EnsuredUsers {
  readonly users: ReadonlyMap<Account, User>;
  readonly added: number;
}

/** Finds or adds all accounts. New ones are flushed, and the sequence of users.id is beyond them. */
export async function ensureUsers(em: EntityManager): Promise<EnsuredUsers> {
  const users = await findUsers(em);
  const missing = accounts.filter(account => !users.has(account));
  const missingHashes = await Promise.all(missing.map(hashOf));
  const factory = new UserFactory(em);
  for (const [index, account] of missing.entries()) {
    const id = await chooseId(em, account.id);
    const parentUser = 'grade' in account ? users.get(parent) : undefined;
    const passwordHash = missingHashes[index] as string;
    // Flushed one by one, so that the id that one gets is taken for the next.
    users.set(account, await factory.createOne({ id, account, passwordHash, parent: parentUser }));
  }
  await advanceSequence(em, Math.max(0, ...missing.map(account => account.id)));
  return { users, added: missing.length };
}

const hashes = new Map<Account, Promise<string>>();

/** Slow by intent and the same each time, so made once in a process. */
function hashOf(account: Account): Promise<string> {
  const { password, username } = account;
  const hash = hashes.get(account) ?? hashPassword(password, developmentSalt(username));
  hashes.set(account, hash);
  return hash;
}

/** By the moment they joined, or by a name: a developer may have changed either, and keeps the row as it is. */
async function findUsers(em: EntityManager): Promise<Map<Account, User>> {
  const rows = await em.find(User, {
    $or: [
      { createdAt: { $in: accounts.map(joinedAt) } },
      { username: { $in: accounts.map(account => account.username) } },
      { email: { $in: accounts.map(account => account.email) } },
    ],
  });
  const find = (account: Account) =>
    rows.find(row => row.createdAt?.getTime() === joinedAt(account).getTime()) ??
    rows.find(row => row.username === account.username) ??
    rows.find(row => row.email === account.email);
  return new Map(accounts.flatMap(account => [[account, find(account)] as const].filter(isFound)));
}

function isFound(pair: readonly [Account, User | undefined]): pair is readonly [Account, User] {
  return pair[1] !== undefined;
}

/** The same in every fresh database; where somebody else has that id, the next free one of the sequence. */
async function chooseId(em: EntityManager, preferred: number): Promise<number> {
  let id = preferred;
  while ((await em.count(User, { id })) > 0) {
    const [row] = await em.execute<{ id: string }[]>(`select nextval(${SEQUENCE}) as id`);
    id = Number(row?.id);
  }
  return id;
}

const SEQUENCE = `pg_get_serial_sequence('users', 'id')`;

/**
 * Rows with an id of our choice pass the sequence by. It is moved on by drawing from it, never by setval(), which could set
 * it back behind a number that an application has just drawn.
 */
async function advanceSequence(em: EntityManager, id: number): Promise<void> {
  for (let drawn = 0; drawn < id && (await lastDrawn(em)) < id; drawn++) {
    await em.execute(`select nextval(${SEQUENCE})`);
  }
}

/** The last number that was drawn, 0 when none was: the catalog shows it as null then. */
async function lastDrawn(em: EntityManager): Promise<number> {
  const [row] = await em.execute<{ last: string }[]>(
    `select coalesce(pg_sequence_last_value(${SEQUENCE}::regclass), 0) as last`,
  );
  return Number(row?.last);
}
