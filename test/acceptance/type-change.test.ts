import { prove } from './harness.ts';
import { proveRecovery } from './prove-kills.ts';
import { typeChangeCases } from './type-change-cases.ts';

/** Each way of doing it once: what is left out differs from another one only in what 15 and 18 do alike. */
const ON_OLDER = typeChangeCases.filter(
  ({ name, since }) => since === undefined && !/kept until later|in another order|\(identity\)/.test(name),
);

/** Before 18 a not null is no constraint, and its steps have locks of their own. */
const TRACED = /^a key with its sequence|^a column in indexes, .* several/;

describe('a change of type beside the old release', () => {
  for (const testCase of typeChangeCases) {
    it(`goes up, down and up again: ${testCase.name}`, () => prove(testCase));
  }

  for (const testCase of ON_OLDER) {
    it(`does so on PostgreSQL 15: ${testCase.name}`, () =>
      prove(testCase, { major: 15, traces: TRACED.test(testCase.name) }));
  }

  it('goes on where it was killed, on each of its tables and on both ways', () => {
    const [keys] = typeChangeCases.filter(({ name }) => name.startsWith('a key'));
    return keys && proveRecovery(keys, { transactions: 6 });
  });
});
