import { Factory } from '@mikro-orm/seeder';
import { User } from '../../entities/index.ts';
import type { Account } from '../development/accounts.ts';
import { DAY, minutesBefore } from '../development/determinism.ts';

export interface UserInput {
  readonly id: number;
  readonly account: Account;
  readonly passwordHash: string;
  readonly parent?: User;
}

export class UserFactory extends Factory<User, UserInput> {
  override readonly model = User;

  protected override definition({ id, account, passwordHash, parent }: UserInput) {
    return {
      id,
      email: account.email,
      username: account.username,
      displayName: account.displayName,
      role: account.role,
      password: passwordHash,
      parent,
      createdAt: joinedAt(account),
    };
  }
}

/** A moment that no other account has: the row is known by it when somebody has changed its names. */
export function joinedAt({ id }: Account): Date {
  return new Date(minutesBefore(90 * DAY).getTime() + id * 1001);
}
