import { cases } from './cases.ts';
import { prove } from './harness.ts';

describe('a change of the entities', () => {
  for (const testCase of cases) {
    it(`goes up, down and up again: ${testCase.name}`, () => prove(testCase));
  }
});
