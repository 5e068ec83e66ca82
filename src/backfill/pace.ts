/** How large a batch is, and when the next one may begin. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackfillPace } from './backfill-run.ts';

const FIRST_BLOCKS = 32;
const MOST_BLOCKS = 16_384;
/** How much the newest batch counts: a single slow one is no reason to crawl. */
const SMOOTHING = 0.3;

export class Pacer {
  readonly #pace: BackfillPace;
  readonly #startedAt = performance.now();
  #blocks = FIRST_BLOCKS;
  #msPerBlock: number | undefined;
  #rows = 0;

  constructor(pace: BackfillPace) {
    this.#pace = pace;
  }

  /** Blocks of the next batch. */
  get blocks(): number {
    return this.#blocks;
  }

  /** Follows the time that batches take, smoothed, at most doubling or halving at once. */
  note({ blocks, rows, tookMs }: { blocks: number; rows: number; tookMs: number }): void {
    this.#rows += rows;
    const latest = tookMs / blocks;
    this.#msPerBlock =
      this.#msPerBlock === undefined ? latest : this.#msPerBlock * (1 - SMOOTHING) + latest * SMOOTHING;
    const wanted = this.#pace.batchMs / Math.max(this.#msPerBlock, 0.001);
    const bounded = Math.min(this.#blocks * 2, Math.max(this.#blocks / 2, wanted));
    this.#blocks = Math.round(Math.min(MOST_BLOCKS, Math.max(1, bounded)));
  }

  /** Waits until the rate allows another batch. @returns true when it had to. */
  async keepRate(signal: AbortSignal): Promise<boolean> {
    const { maxRowsPerSecond } = this.#pace;
    const dueAt = maxRowsPerSecond === undefined ? 0 : this.#startedAt + (this.#rows / maxRowsPerSecond) * 1000;
    const waitMs = dueAt - performance.now();
    if (waitMs <= 0) {
      return false;
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    return true;
  }
}
