import { prove } from './harness.ts';
import { typeChangeCases } from './type-change-cases.ts';

describe('a change of type beside the old release', () => {
  for (const testCase of typeChangeCases) {
    it(`goes up, down and up again: ${testCase.name}`, () => prove(testCase));
    it(`does so on PostgreSQL 15: ${testCase.name}`, () => prove(testCase, { major: 15 }));
  }
});
