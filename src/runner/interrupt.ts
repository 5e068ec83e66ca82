import { ExplainedError } from '../errors.ts';

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof EXIT_CODES;

/** Somebody, or the machine, wants the run to end. Its exit code is the shell's for that signal. */
export class InterruptedError extends ExplainedError {
  override readonly name = 'InterruptedError';
  readonly signal: StopSignal;

  /** @param left what has been done, and what is left. */
  constructor(signal: StopSignal, left = 'Nothing was run.') {
    super(
      {
        title: `Interrupted (${signal})`,
        happens: 'The run was asked to end.',
        remedy: 'Run the same command again: it goes on where this one stopped.',
        left,
      },
      { exitCode: EXIT_CODES[signal] },
    );
    this.signal = signal;
  }
}

const runs = new Set<AbortController>();

/**
 * Runs `work` with a signal that is aborted, with an InterruptedError as its reason, by SIGINT and SIGTERM. The second one ends
 * the process at once, as it would without us.
 */
export async function withInterrupts<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  if (runs.size === 0) {
    process.on('SIGINT', stop).on('SIGTERM', stop);
  }
  runs.add(controller);
  try {
    return await work(controller.signal);
  } finally {
    runs.delete(controller);
    if (runs.size === 0) {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    }
  }
}

function stop(name: NodeJS.Signals): void {
  const signal = name as StopSignal;
  if ([...runs].some(run => run.signal.aborted)) {
    process.exit(EXIT_CODES[signal]);
  }
  for (const run of runs) {
    run.abort(new InterruptedError(signal));
  }
}
