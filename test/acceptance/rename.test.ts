import { prove } from './harness.ts';
import { proveRecovery } from './prove-kills.ts';
import { renameCases } from './rename-cases.ts';

describe('a rename beside the old release', () => {
  for (const testCase of renameCases) {
    it(`goes up, down and up again: ${testCase.name}`, () => prove(testCase));
  }
  for (const testCase of renameCases.filter(({ since, name }) => since === undefined && !name.includes('(identity)'))) {
    const traces = testCase.name.startsWith('a serial key');
    it(`does so on PostgreSQL 15: ${testCase.name}`, () => prove(testCase, { major: 15, traces }));
  }

  const [column, , table] = renameCases;

  it('goes on where it was killed, on both ways: a column', () => column && proveRecovery(column, { transactions: 2 }));
  it('goes on where it was killed, on both ways: a table', () => table && proveRecovery(table, { transactions: 1 }));
});
