import { proveRecovery } from './prove-kills.ts';
import { renameCases } from './rename-cases.ts';
import { typeChangeCases } from './type-change-cases.ts';

/** Changed in place: one transaction there, one back. */
const WHOLE = ['a longer column that a view reads, with settings of its own'];

describe('a change of type or name that is killed after each transaction', () => {
  for (const testCase of [...typeChangeCases, ...renameCases].filter(({ name }) => !WHOLE.includes(name))) {
    it(`goes on, there and back: ${testCase.name}`, () => proveRecovery(testCase, { transactions: 1 })).timeout(
      300_000,
    );
  }
});
