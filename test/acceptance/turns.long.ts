import { cases } from './cases.ts';
import { found } from './found-cases.ts';
import { proveTurns } from './prove-kills.ts';
import { renameCases } from './rename-cases.ts';
import { typeChangeCases } from './type-change-cases.ts';

describe('a change of the entities that turns round half-way', () => {
  for (const testCase of [...cases, ...found, ...renameCases, ...typeChangeCases]) {
    it(`leaves nothing behind: ${testCase.name}`, () => proveTurns(testCase)).timeout(300_000);
    if (testCase.since === undefined) {
      it(`does so on PostgreSQL 15: ${testCase.name}`, () => proveTurns(testCase, { major: 15 })).timeout(300_000);
    }
  }
});
