import { proveRecovery } from './harness.ts';
import { typeChangeCases } from './type-change-cases.ts';

describe('a change of type that is killed after each transaction', () => {
  for (const testCase of typeChangeCases) {
    it(`goes on, there and back: ${testCase.name}`, () => proveRecovery(testCase, { transactions: 1 })).timeout(
      300_000,
    );
  }
});
