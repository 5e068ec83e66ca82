/** Some in `npm test`; HALF_WAY=all takes all, as `npm run test:long` does. */
import { cases } from './cases.ts';
import { proveHalfWay } from './half-way.ts';

const CHOSEN = ['a unique constraint', 'a changed index', 'a changed check', 'a required column without a default'];
/** Nothing of it can stop half-way. */
const WHOLE = ['the drop of an index'];

describe('a change of the entities that stopped half-way', () => {
  const isChosen = (name: string): boolean =>
    process.env.HALF_WAY === 'all' ? !WHOLE.includes(name) : CHOSEN.includes(name);
  for (const testCase of cases.filter(({ name }) => isChosen(name))) {
    it(`is taken back: ${testCase.name}`, () => proveHalfWay(testCase));
  }
  for (const testCase of cases.filter(({ name }) => name === 'not null')) {
    it(`is taken back on PostgreSQL 15: ${testCase.name}`, () => proveHalfWay(testCase, { major: 15 }));
  }
});
