/** Who the development data is about, and how they sign in. */
import { type User, UserRole } from '../../entities/index.ts';
import { fakerFor } from './determinism.ts';
import { hasDevelopmentSalt } from './password.ts';

export interface Account {
  /** users.id in a database where it is free. */
  readonly id: number;
  readonly role: UserRole;
  readonly username: string;
  readonly email: string;
  readonly displayName: string;
  readonly password: string;
}

export interface LearnerAccount extends Account {
  readonly grade: number;
  /** How often an answer is right, 0..1. */
  readonly skill: number;
}

const family = fakerFor('family').person.lastName();

export const administrator = account(1, UserRole.ADMIN, {
  username: 'admin',
  displayName: fakerFor('admin').person.fullName(),
});

export const parent = account(2, UserRole.PARENT, {
  username: 'parent',
  displayName: `${fakerFor('parent').person.firstName()} ${family}`,
});

export const learners: readonly LearnerAccount[] = [
  learner(3, 'mia', { grade: 2, skill: 0.55 }),
  learner(4, 'leo', { grade: 4, skill: 0.7 }),
  learner(5, 'zoe', { grade: 5, skill: 0.85 }),
  learner(6, 'sam', { grade: 7, skill: 0.65 }),
];

export const accounts: readonly Account[] = [administrator, parent, ...learners];

function learner(id: number, username: string, { grade, skill }: { grade: number; skill: number }): LearnerAccount {
  const displayName = `${username.charAt(0).toUpperCase()}${username.slice(1)} ${family}`;
  return { ...account(id, UserRole.LEARNER, { username, displayName }), grade, skill };
}

/** The domain is reserved for examples (RFC 2606): no mail ever reaches anybody. */
function account(id: number, role: UserRole, names: { username: string; displayName: string }): Account {
  const { username } = names;
  return { id, role, ...names, email: `${username}@sunschool.example`, password: `${username}-sunschool` };
}

export interface SignIn {
  readonly role: UserRole;
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

/** The sign-ins of freshly seeded development data. For development databases only, and made to be printed. */
export function developmentSignIns(): SignIn[] {
  return accounts.map(({ role, username, email, password }) => ({ role, username, email, password }));
}

/** The same as lines of a table, as they are for `users`: names and passwords that were changed since are not ours to tell. */
export function renderSignIns(users: ReadonlyMap<Account, User>): string[] {
  return accounts.map(account => {
    const { username, email, password, role } = { ...account, ...namesOf(users.get(account)) };
    const isOurs = hasDevelopmentSalt(users.get(account)?.password, account.username);
    const shown = isOurs ? password : '(changed since)';
    return `  ${role.padEnd(8)} ${username.padEnd(10)} ${email.padEnd(28)} ${shown}`;
  });
}

function namesOf(user: User | undefined): { username: string; email: string } | undefined {
  return user && { username: user.username ?? '-', email: user.email ?? '-' };
}
