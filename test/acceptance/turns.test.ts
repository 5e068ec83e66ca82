import { cases } from './cases.ts';
import { found } from './found-cases.ts';
import { proveTurns } from './prove-kills.ts';
import { typeChangeCases } from './type-change-cases.ts';

/** Those that make something for a while only, or let columns change places; `turns.long.ts` has all. */
const CASES = [
  'another primary key that a foreign key follows',
  'a changed check',
  'a stored column that becomes a plain one',
  'a partition that comes',
  'a renamed column with a check that gets longer',
  'integer to bigint',
];

describe('a change of the entities that turns round half-way', () => {
  for (const testCase of [...cases, ...found, ...typeChangeCases].filter(({ name }) => CASES.includes(name))) {
    it(`leaves nothing behind: ${testCase.name}`, () => proveTurns(testCase));
  }
});
