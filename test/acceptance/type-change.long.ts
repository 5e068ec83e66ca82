import { proveRecovery } from './prove-kills.ts';
import { renameCases } from './rename-cases.ts';
import { typeChangeCases } from './type-change-cases.ts';

describe('a change of type or name that is killed after each transaction', () => {
  for (const testCase of [...typeChangeCases, ...renameCases]) {
    it(`goes on, there and back: ${testCase.name}`, () => proveRecovery(testCase, { transactions: 1 })).timeout(
      300_000,
    );
  }
});
