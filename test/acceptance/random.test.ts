/**
 * Random changes: always the same ones in `npm test`, so that it does not fail by chance. RANDOM_RUNS takes that many others, as
 * `npm run test:long` does; RANDOM_SEED repeats those of an earlier run.
 */
import fc from 'fast-check';
import { prove } from './harness.ts';
import { randomChange, readCase } from './random-changes.ts';

const { RANDOM_RUNS, RANDOM_SEED } = process.env;
const numRuns = Number(RANDOM_RUNS ?? 8);
const seed = Number(RANDOM_SEED ?? (RANDOM_RUNS === undefined ? 1 : Math.floor(Math.random() * 2 ** 31)));

describe('a random change of the entities', () => {
  it(`goes up, down and up again: ${numRuns} of them (RANDOM_SEED=${seed})`, async function () {
    this.timeout(0);
    const holds = fc.asyncProperty(randomChange, tables => prove(readCase(tables)));
    // a failure is made smaller for as long as that
    const limit = numRuns * 5000;
    await fc.assert(holds, { numRuns, seed, interruptAfterTimeLimit: limit });
  });
});
