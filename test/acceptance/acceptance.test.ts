import { cases } from './cases.ts';
import { prove } from './harness.ts';

describe('a change of the entities', () => {
  for (const testCase of cases) {
    it(`goes up, down and up again: ${testCase.name}`, () => prove(testCase));
    it(`does so on PostgreSQL 15: ${testCase.name}`, () => prove(testCase, { major: 15 }));
  }
});
