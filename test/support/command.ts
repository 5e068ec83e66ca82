import yargs, { type CommandModule } from 'yargs';
import { exitCodeOf, renderError } from '../../src/errors.ts';

/** A command of ours in this process, on the database at `url`, as `npm run` in the repository has it. */
export async function runCommand<Arguments>(
  command: CommandModule<object, Arguments>,
  { url, args }: { readonly url: string; readonly args: readonly string[] },
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [env, exitCode] = [{ ...process.env }, process.exitCode];
  const text = { stdout: '', stderr: '' };
  const streams = (['stdout', 'stderr'] as const).map(name => [name, process[name].write] as const);
  for (const [name] of streams) {
    process[name].write = (chunk: string | Uint8Array) => {
      text[name] += chunk;
      return true;
    };
  }
  process.env.DATABASE_URL = url;
  process.exitCode = 0;
  try {
    const [name = ''] = String(command.command).split(' ');
    await yargs([name, ...args])
      .command(command)
      .strict()
      .fail(fail)
      .exitProcess(false)
      .parseAsync();
    return { code: Number(process.exitCode), ...text };
  } catch (error) {
    return { code: exitCodeOf(error), ...text, stderr: `${text.stderr}${renderError(error)}\n` };
  } finally {
    for (const [name, write] of streams) {
      process[name].write = write;
    }
    for (const name of Object.keys(process.env).filter(key => !(key in env))) {
      delete process.env[name];
    }
    Object.assign(process.env, env);
    process.exitCode = exitCode;
  }
}

function fail(message: string, error: Error | undefined): never {
  throw error ?? new Error(message);
}
