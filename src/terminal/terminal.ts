/**
 * The one place that prints and asks. Results go to stdout; progress, questions and errors to stderr, so that
 * `$(npm run -s db:url)` and `--json` stay clean.
 */
import { styleText } from 'node:util';
import { renderError } from '../errors.ts';

/** Prints a line of the result. */
export function printResult(line: string): void {
  write(process.stdout, line);
}

/** Prints a line of progress. */
export function printProgress(line: string): void {
  write(process.stderr, line);
}

/** Prints something a person should see although nothing failed. */
export function printWarning(line: string): void {
  write(process.stderr, `${styleText('yellow', 'Warning:', { stream: process.stderr })} ${line}`);
}

/** Prints an error as its message; with `--verbose` (`MIGRATE_VERBOSE=1`) unexpected ones come with their stack. */
export function printError(error: unknown): void {
  const [title = '', ...rest] = renderError(error, { verbose: isVerbose() }).split('\n');
  const lines = [styleText('red', title, { stream: process.stderr }), ...rest];
  write(process.stderr, lines.join('\n'));
}

const watched = new WeakSet<NodeJS.WriteStream>();

/** Work goes on when its reader has left (`npm run migrate | head -1`): a migration is not to end in the middle for that. */
function write(stream: NodeJS.WriteStream, text: string): void {
  if (!watched.has(stream)) {
    watched.add(stream);
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') {
        throw error;
      }
    });
  }
  stream.write(`${text}\n`);
}

export function isVerbose(): boolean {
  return process.env.MIGRATE_VERBOSE === '1';
}

/** True where a person can be asked: both ends are a terminal and no CI runs us. */
export function canAsk(): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY && !process.env.CI);
}

/**
 * Asks a yes/no question on stderr; no is the default. Ctrl-C counts as no.
 * @throws nothing: without a terminal the answer is no, callers that need one refuse first ({@link canAsk}).
 */
export async function confirm(question: string): Promise<boolean> {
  if (!canAsk()) {
    return false;
  }
  const prompts = await import('@inquirer/prompts');
  try {
    return await prompts.confirm({ message: question, default: false }, { output: process.stderr });
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') {
      return false;
    }
    throw error;
  }
}
