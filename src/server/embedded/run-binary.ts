import { spawn } from 'node:child_process';
import type { Account } from './account.ts';

export interface Finished {
  /** Exit code; undefined when the program could not be started or a signal ended it. */
  readonly code: number | undefined;
  /** What it printed, stdout and stderr together. */
  readonly output: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly account: Account | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** In a session of its own, out of reach of a Ctrl-C in our terminal. */
  readonly detached?: boolean;
}

/**
 * Runs one of PostgreSQL's programs to its end, as `account`. It sees nothing of our environment but what it needs: a server
 * that stays in the background must not carry somebody's PGPORT, locale or secrets with it.
 */
export function runBinary(path: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  return new Promise(resolve => {
    let output = '';
    const child = spawn(path, args, {
      cwd: options.cwd,
      env: { ...plainEnvironment(), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: options.detached ?? false,
      windowsHide: true,
      ...(options.account && { uid: options.account.uid, gid: options.account.gid }),
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', text => {
        output += text;
      });
    }
    child.once('error', error => resolve({ code: undefined, output: error.message }));
    child.once('close', (code, signal) => {
      resolve({ code: code ?? undefined, output: signal ? `${output}\nended by ${signal}` : output });
    });
  });
}

/** English messages (we read some of them), the search path, and what Windows cannot do without. */
function plainEnvironment(): Record<string, string> {
  const kept = ['PATH', 'SystemRoot', 'SystemDrive', 'TEMP', 'TMP'];
  const entries = kept.map(name => [name, process.env[name]]).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(entries), LC_ALL: 'C' };
}
