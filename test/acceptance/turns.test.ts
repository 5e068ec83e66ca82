import { cases } from './cases.ts';
import { proveTurns } from './harness.ts';

/** Those that make something for a while only; `turns.long.ts` has all. */
const CASES = ['a unique constraint', 'a changed check'];

describe('a change of the entities that turns round half-way', () => {
  for (const testCase of cases.filter(({ name }) => CASES.includes(name))) {
    it(`leaves nothing behind: ${testCase.name}`, () => proveTurns(testCase));
  }
});
