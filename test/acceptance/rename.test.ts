import { prove } from './harness.ts';
import { proveRecovery } from './prove-kills.ts';
import { renameCases } from './rename-cases.ts';

describe('a rename beside the old release', () => {
  for (const testCase of renameCases) {
    it(`goes up, down and up again: ${testCase.name}`, () => prove(testCase));
  }
  const [column, key, table] = renameCases;
  it('does so on PostgreSQL 15', () => key && prove(key, { major: 15 }));

  it('goes on where it was killed, on both ways: a column', () => column && proveRecovery(column, { transactions: 2 }));
  it('goes on where it was killed, on both ways: a table', () => table && proveRecovery(table, { transactions: 1 }));
});
