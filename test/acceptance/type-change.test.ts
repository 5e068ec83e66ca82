import { prove } from './harness.ts';
import { proveRecovery } from './prove-kills.ts';
import { typeChangeCases } from './type-change-cases.ts';

/** Before 18 a not null is no constraint: these have some. */
const ON_OLDER = typeChangeCases.filter(
  ({ name, since }) => since === undefined && /^(?:a key|a column in|an enum that)/.test(name),
);

describe('a change of type beside the old release', () => {
  for (const testCase of typeChangeCases) {
    it(`goes up, down and up again: ${testCase.name}`, () => prove(testCase));
  }

  for (const testCase of ON_OLDER) {
    it(`does so on PostgreSQL 15: ${testCase.name}`, () => prove(testCase, { major: 15 }));
  }

  it('goes on where it was killed, on each of its tables and on both ways', () => {
    const [keys] = ON_OLDER.filter(({ name }) => name.startsWith('a key'));
    return keys && proveRecovery(keys, { transactions: 6 });
  });
});
