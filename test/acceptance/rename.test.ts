import { prove } from './harness.ts';
import { renameCases } from './rename-cases.ts';

describe('a rename beside the old release', () => {
  for (const testCase of renameCases) {
    it(`goes up, down and up again: ${testCase.name}`, () => prove(testCase));
  }
  const [, key] = renameCases;
  it('does so on PostgreSQL 15', () => key && prove(key, { major: 15 }));
});
