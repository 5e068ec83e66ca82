/** Whole processes, timed in turn: A B A B, so that what else the machine does meets both alike. */
import { type Finished, runNode } from '../test/support/project.ts';

export interface Contender {
  readonly cwd: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Before each run, not timed. @param run counts from 0 and is never the same twice. */
  prepare?(run: number): Promise<void>;
  /** After each run, not timed: throws when the command did not do what it is timed for. */
  settle?(finished: Finished): Promise<void>;
}

export interface Pair {
  readonly stock: Contender;
  readonly ours: Contender;
}

export interface Times {
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

export interface Comparison {
  readonly stock: Times;
  readonly ours: Times;
  /** Median of ours by median of stock's. */
  readonly ratio: number;
  readonly differenceMs: number;
}

export interface Rounds {
  readonly rounds: number;
  /** Run before them and not counted. */
  readonly warmUps: number;
}

export async function measurePair({ stock, ours }: Pair, { rounds, warmUps }: Rounds): Promise<Comparison> {
  const taken = { stock: [] as number[], ours: [] as number[] };
  for (let round = 0; round < warmUps + rounds; round++) {
    const [stockMs, oursMs] = [await timeRun(stock, round), await timeRun(ours, round)];
    if (round >= warmUps) {
      taken.stock.push(stockMs);
      taken.ours.push(oursMs);
    }
  }
  const [first, second] = [summarize(taken.stock), summarize(taken.ours)];
  return {
    stock: first,
    ours: second,
    ratio: second.medianMs / first.medianMs,
    differenceMs: second.medianMs - first.medianMs,
  };
}

async function timeRun({ cwd, args, env, prepare, settle }: Contender, run: number): Promise<number> {
  await prepare?.(run);
  const startedAt = performance.now();
  const finished = await runNode([...args], { cwd, env });
  const tookMs = performance.now() - startedAt;
  if (finished.code !== 0) {
    throw new Error(`${args.join(' ')} ended with ${finished.code}\n${finished.stdout}${finished.stderr}`);
  }
  await settle?.(finished);
  return tookMs;
}

function summarize(times: readonly number[]): Times {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (position: number): number => sorted[position] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    medianMs: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    minMs: at(0),
    maxMs: at(sorted.length - 1),
  };
}
