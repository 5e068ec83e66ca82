import { ExplainedError } from '../errors.ts';

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Somebody, or the machine, wants the run to end. Its exit code is the shell's for that signal. */
export class InterruptedError extends ExplainedError {
  override readonly name = 'InterruptedError';

  constructor(signal: keyof typeof EXIT_CODES) {
    super(
      {
        title: `Interrupted (${signal})`,
        happens: 'The run was asked to end.',
        remedy: 'Run the same command again: it goes on where this one stopped.',
        left: 'What has run is recorded.',
      },
      { exitCode: EXIT_CODES[signal] },
    );
  }
}

/**
 * Runs `work` with a signal that is aborted, with an InterruptedError as its reason, by SIGINT and SIGTERM. The second one ends
 * the process at once, as it would without us.
 */
export async function withInterrupts<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      process.exit(EXIT_CODES[name as keyof typeof EXIT_CODES]);
    }
    controller.abort(new InterruptedError(name as keyof typeof EXIT_CODES));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
