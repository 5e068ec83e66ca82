/** One way through a table, from the first block to the last, by several workers on disjoint ranges. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import type { BackfillRun } from './backfill-run.ts';
import { fillRange, type Range, RESET_SQL, SESSION_SQL } from './batch.ts';
import { findReasonToPause } from './look.ts';
import { Pacer } from './pace.ts';

export interface Table {
  /** As regclass prints it. */
  readonly name: string;
  readonly filenode: number;
  readonly blocks: number;
}

export interface PassResult {
  readonly rows: number;
  /** Ranges with rows that others held. */
  readonly skipped: readonly Range[];
}

/** Below that a second session costs more than it brings, and nobody suffers long enough to look. */
const BLOCKS_WORTH_A_WORKER = 256;
const LOOK_EVERY_MS = 250;
const PAUSE_MS = 100;

/**
 * Fills the ranges of a table.
 * @param rowsBefore how many rows are filled already, for the progress.
 * @throws the reason of `run.signal` after the batches that were under way.
 */
export async function passOver(
  run: BackfillRun,
  { table, ranges, rowsBefore }: { table: Table; ranges: readonly Range[]; rowsBefore: number },
): Promise<PassResult> {
  const pass = new Pass(run, { table, ranges, rowsBefore });
  const blocks = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  if (blocks <= BLOCKS_WORTH_A_WORKER) {
    await withSession(run.client, () => pass.work(run.client));
    return pass.result();
  }
  // also a single worker has its own session: this one looks what others suffer
  const workers = Math.min(run.pace.workers, Math.ceil(blocks / BLOCKS_WORTH_A_WORKER));
  const clients = await Promise.all(Array.from({ length: workers }, (_, worker) => run.connect(worker)));
  const pids = await Promise.all(clients.map(readPid));
  const over = new AbortController();
  const looking = pass.look(run.client, { workerPids: pids, until: over.signal });
  try {
    // when one fails the others end after their batch
    const outcomes = await Promise.allSettled(
      clients.map(client => withSession(client, () => pass.work(client).catch(error => pass.fail(error)))),
    );
    const failed = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed) {
      throw failed.reason;
    }
  } finally {
    over.abort();
    await looking;
  }
  return pass.result();
}

class Pass {
  readonly #run: BackfillRun;
  readonly #table: Table;
  readonly #ranges: Range[];
  readonly #total: number;
  readonly #rowsBefore: number;
  readonly #pacer: Pacer;
  readonly #underWay = new Set<Range>();
  readonly #skipped: Range[] = [];
  #rows = 0;
  #blocksDone = 0;
  #hasFailed = false;
  #pausedFor: string | undefined;

  constructor(
    run: BackfillRun,
    { table, ranges, rowsBefore }: { table: Table; ranges: readonly Range[]; rowsBefore: number },
  ) {
    this.#run = run;
    this.#table = table;
    this.#ranges = [...ranges];
    this.#total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
    this.#rowsBefore = rowsBefore;
    this.#pacer = new Pacer(run.pace);
  }

  result(): PassResult {
    return { rows: this.#rows, skipped: this.#skipped };
  }

  fail(error: unknown): never {
    this.#hasFailed = true;
    throw error;
  }

  /** Takes range after range until none is left. */
  async work(client: PoolClient): Promise<void> {
    const { signal, backfill } = this.#run;
    for (let range = this.#take(); range && !this.#hasFailed; range = this.#take()) {
      this.#underWay.add(range);
      const startedAt = performance.now();

      const { rows, hasSkipped } = await fillRange(client, {
        table: this.#table.name,
        backfill,
        range,
        save: this.#save(range),
      });
      this.#underWay.delete(range);
      if (hasSkipped) {
        this.#skipped.push(range);
      }
      const blocks = range.to - range.from;
      this.#rows += rows;
      this.#blocksDone += blocks;
      this.#pacer.note({ blocks, rows, tookMs: performance.now() - startedAt });
      this.#report();
      signal.throwIfAborted();
      await this.#pause();
    }
    signal.throwIfAborted();
  }

  /** Looks at replicas and waiters now and then; the workers pause for what it finds. */
  async look(
    client: PoolClient,
    { workerPids, until }: { workerPids: readonly number[]; until: AbortSignal },
  ): Promise<void> {
    const { maxReplicaLagMs } = this.#run.pace;
    while (!until.aborted) {
      this.#pausedFor = await findReasonToPause(client, { workerPids, maxReplicaLagMs }).catch(() => undefined);
      await sleep(this.#pausedFor ? PAUSE_MS : LOOK_EVERY_MS, undefined, { signal: until }).catch(() => undefined);
    }
    this.#pausedFor = undefined;
  }

  async #pause(): Promise<void> {
    const { signal } = this.#run;
    if (await this.#pacer.keepRate(signal)) {
      this.#report(`at most ${this.#run.pace.maxRowsPerSecond} rows/s`);
    }
    while (this.#pausedFor && !signal.aborted && !this.#hasFailed) {
      this.#report(this.#pausedFor);
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #take(): Range | undefined {
    const [next] = this.#ranges;
    if (!next) {
      return undefined;
    }
    const to = Math.min(next.to, next.from + this.#pacer.blocks);
    if (to === next.to) {
      this.#ranges.shift();
    } else {
      this.#ranges[0] = { from: to, to: next.to };
    }
    return { from: next.from, to };
  }

  /** What is done once `range` is: everything before the first range that another worker still has. */
  #save(range: Range): string {
    const others = [...this.#underWay].filter(other => other !== range).map(({ from }) => from);
    const isFirst = others.every(from => from > range.from);
    const block = isFirst ? Math.min(range.to, ...others) : Math.min(...others);
    const { name: table, filenode } = this.#table;
    const rowsDone = this.#rowsBefore + this.#rows;
    return this.#run.savePosition({ table, filenode, block, rowsDone }, { rowsLeft: this.#rowsLeft() });
  }

  #rowsLeft(): number {
    const part = this.#total === 0 ? 1 : this.#blocksDone / this.#total;
    return part === 0 ? 0 : Math.round((this.#rows / part) * (1 - part));
  }

  #report(pausedFor?: string): void {
    const rowsDone = this.#rowsBefore + this.#rows;
    this.#run.onProgress({ rowsDone, rowsLeft: this.#rowsLeft(), ...(pausedFor ? { pausedFor } : {}) });
  }
}

async function withSession<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query(SESSION_SQL);
  try {
    return await work();
  } finally {
    await client.query(RESET_SQL).catch(() => undefined);
  }
}

async function readPid(client: PoolClient): Promise<number> {
  return (await client.query('select pg_backend_pid() as pid')).rows[0].pid;
}
