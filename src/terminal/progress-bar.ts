/**
 * Progress of one long piece of work on stderr: a bar on a terminal, a plain line now and then anywhere else (a file, a pipe,
 * CI). Both say the same words, and there is no colour in either.
 */
import type { WriteStream } from 'node:tty';

export interface ProgressOptions {
  /** What is being worked on: "Quiz answers". */
  readonly title: string;
  /** What is counted: "rows". */
  readonly unit: string;
  readonly total: number;
  readonly stream?: NodeJS.WriteStream;
  /** How often a line comes without a terminal. */
  readonly lineEveryMs?: number;
}

/** Tells how much of the total is done by now. */
export type Advance = (done: number) => void;

/** Runs `work` with progress shown; whatever becomes of it, the bar is finished and the next output begins a line. */
export function withProgressBar<T>(options: ProgressOptions, work: (advance: Advance) => Promise<T>): Promise<T> {
  const { total, unit } = options;
  return withProgress(options, update => {
    const advance: Advance = done => update({ done, total, unit });
    advance(0);
    return work(advance);
  });
}

/** How far a piece of work is whose size, and pace, are found out while it goes on. */
export interface ProgressState {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /** Of now; without it the average since the beginning. */
  readonly perSecond?: number;
  /** What else there is to say: `waits for pid 4711`. */
  readonly note?: string;
}

/** As `withProgressBar`, with all but the title in each update. */
export async function withProgress<T>(
  options: Pick<ProgressOptions, 'title' | 'stream' | 'lineEveryMs'>,
  work: (update: (state: ProgressState) => void) => Promise<T>,
): Promise<T> {
  const stream = options.stream ?? process.stderr;
  return canRedraw(stream) ? await withBar(options.title, stream, work) : await work(lineWriter(options, stream));
}

/** Where a person looks at a terminal that can go back to the start of the line. */
function canRedraw(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && !process.env.CI && process.env.TERM !== 'dumb';
}

async function withBar<T>(
  title: string,
  stream: NodeJS.WriteStream,
  work: (update: (state: ProgressState) => void) => Promise<T>,
): Promise<T> {
  const { SingleBar } = await import('cli-progress');
  const startedAt = performance.now();
  let state: ProgressState | undefined;
  const bar = new SingleBar({
    stream,
    // Fitted to the width of the terminal here: the library would switch line wrapping off, and leave it off when killed.
    format: () => {
      const text = state ? renderProgress(state, state.done, performance.now() - startedAt) : '';
      return renderLine({ title, part: state ? state.done / state.total : 0, text }, widthOf(stream) - 1);
    },
    linewrap: true,
    // Its handler stops the bar, and thereby keeps the first Ctrl-C from ending the process.
    gracefulExit: false,
    forceRedraw: true,
  });
  try {
    return await work(next => {
      if (!state) {
        state = next;
        bar.start(next.total, next.done);
      }
      state = next;
      bar.setTotal(next.total);
      bar.update(next.done);
    });
  } finally {
    if (state) {
      bar.stop();
    }
  }
}

function widthOf(stream: Partial<Pick<WriteStream, 'columns'>>): number {
  return stream.columns || 80;
}

const LINE_EVERY_MS = 5000;

function lineWriter(
  options: Pick<ProgressOptions, 'title' | 'lineEveryMs'>,
  stream: NodeJS.WriteStream,
): (state: ProgressState) => void {
  const every = options.lineEveryMs ?? LINE_EVERY_MS;
  const startedAt = performance.now();
  let lastAt = startedAt;
  return state => {
    const now = performance.now();
    if (now - lastAt >= every) {
      lastAt = now;
      stream.write(`${options.title}: ${renderProgress(state, state.done, now - startedAt)}\n`);
    }
  };
}

const BAR_WIDTH = { least: 5, most: 24 };

/** The bar takes what the words leave it; where that is too little there is none, and then the words are cut. */
export function renderLine(
  { title, part, text }: { title: string; part: number; text: string },
  width: number,
): string {
  const room = Math.min(width - `${title} [] ${text}`.length, BAR_WIDTH.most);
  if (room < BAR_WIDTH.least) {
    return `${title} ${text}`.slice(0, width);
  }
  const full = Math.round(Math.min(part || 0, 1) * room);
  return `${title} [${'='.repeat(full)}${'-'.repeat(room - full)}] ${text}`;
}

/** "45 %, 450,000 of 1,000,000 rows, 123,456 rows/s, 5 s left". */
export function renderProgress(state: Omit<ProgressState, 'done'>, done: number, elapsedMs: number): string {
  const { unit, note } = state;
  // an estimate can turn out too small
  const total = Math.max(state.total, done);
  const perSecond = state.perSecond ?? (elapsedMs > 0 ? (done * 1000) / elapsedMs : 0);
  if (total === 0 && note) {
    return note;
  }
  const part = total === 0 ? 1 : done / total;
  const parts = [`${Math.floor(part * 100)} %`, `${renderCount(done)} of ${renderCount(total)} ${unit}`];
  if (perSecond > 0) {
    parts.push(`${renderCount(perSecond)} ${unit}/s`, `${renderDuration((total - done) / perSecond)} left`);
  }
  return [...parts, ...(note ? [note] : [])].join(', ');
}

/** 1234567.8 as "1,234,568", whatever the language of the machine. */
export function renderCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** Seconds as "5 s", "2 min 5 s" or "3 h 20 min". */
export function renderDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
