/**
 * Random changes: always the same ones in `npm test`, so that it does not fail by chance. RANDOM_RUNS takes that many others, as
 * `npm run test:long` does; RANDOM_SEED repeats those of an earlier run, RANDOM_MAJOR takes an older PostgreSQL. Many are made together,
 * as one change of one database, since that takes little longer than one of them; where it fails, the one that fails is found by
 * halves and made smaller.
 */
import fc from 'fast-check';
import { OLDER_POSTGRES } from '../support/server.ts';
import { prove } from './harness.ts';
import { readCase } from './random-case.ts';
import { joinChanges, type RandomChange, randomChange } from './random-tables.ts';

const { RANDOM_RUNS, RANDOM_SEED, RANDOM_MAJOR } = process.env;
const major = OLDER_POSTGRES.find(older => String(older) === RANDOM_MAJOR);
const numRuns = Number(RANDOM_RUNS ?? 225);
const seed = Number(RANDOM_SEED ?? (RANDOM_RUNS === undefined ? 1 : Math.floor(Math.random() * 2 ** 31)));

/** How many are made as one. */
const TOGETHER = 75;

/** How long a failure is made smaller. */
const SHRINK_MS = 120_000;

describe('a random change of the entities', () => {
  const changes = fc.sample(randomChange, { numRuns, seed });
  for (let first = 0; first < numRuns; first += TOGETHER) {
    const own = changes.slice(first, first + TOGETHER);
    it(`goes up, down and up again: ${first + own.length} of ${numRuns} (RANDOM_SEED=${seed})`, async function () {
      this.timeout(0);
      const error = await failureOf(own);
      if (error) {
        await assertEach(own, first);
        throw error;
      }
    });
  }
});

async function failureOf(changes: readonly RandomChange[]): Promise<unknown> {
  return prove(readCase(joinChanges(changes)), { major, traces: false }).then(
    () => undefined,
    error => error,
  );
}

/** @throws Error with the smallest change that fails; nothing where each holds by itself. */
async function assertEach(changes: readonly RandomChange[], first: number): Promise<void> {
  const half = Math.ceil(changes.length / 2);
  if (changes.length > 1) {
    for (const [part, at] of [
      [changes.slice(0, half), first],
      [changes.slice(half), first + half],
    ] as const) {
      if (await failureOf(part)) {
        await assertEach(part, at);
      }
    }
    return;
  }
  // the samples are the runs of a property with the same seed
  const holds = fc.asyncProperty(randomChange, change =>
    prove(readCase(joinChanges([change])), { major, traces: false }),
  );
  await fc.assert(holds, { seed, path: String(first), numRuns: 1, interruptAfterTimeLimit: SHRINK_MS });
}
