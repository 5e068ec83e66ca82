/**
 * Who runs us. MikroORM's command line prints its help text and a stack trace around everything that is thrown, so under it
 * an error is rendered here and the process ends here; in any other program it is thrown on as it is.
 */
import { realpathSync } from 'node:fs';
import { exitCodeOf } from '../errors.ts';
import { printError } from './terminal.ts';

/** True when the running program is `mikro-orm` itself. */
export function isMikroOrmCommand(): boolean {
  const script = process.argv[1];
  if (!script) {
    return false;
  }
  try {
    return /[\\/]@mikro-orm[\\/]cli[\\/]cli\.js$/.test(realpathSync(script));
  } catch {
    return false;
  }
}

/**
 * Runs `work`. When it throws under the `mikro-orm` command: `close`s what holds connections, prints the error and ends the
 * process with its exit code. Elsewhere the error is thrown on.
 */
export async function withCommandLineErrors<T>(
  work: () => T | Promise<T>,
  close: () => Promise<void> = async () => {},
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMikroOrmCommand()) {
      throw error;
    }
    await close().catch(() => undefined);
    printError(error);
    process.exit(exitCodeOf(error));
  }
}
