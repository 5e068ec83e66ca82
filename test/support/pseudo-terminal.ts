/** A command on a real terminal: what a person sees, and the keys that are typed when it is seen. */
import { stripVTControlCharacters } from 'node:util';
import type { spawn as Spawn } from '@lydell/node-pty';

export interface Typed {
  /** Typed once this can be read. */
  readonly after: string;
  readonly keys: string;
}

export const ENTER = '\r';
export const DOWN = '\u001b[B';
export const CONTROL_C = '\u0003';
/** Takes back what is typed on the line. */
export const CONTROL_U = '\u0015';

/** @returns undefined where no binary of node-pty fits this machine. */
export async function findTerminal(): Promise<typeof Spawn | undefined> {
  return await import('@lydell/node-pty').then(
    ({ spawn }) => spawn,
    () => undefined,
  );
}

interface TerminalOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly typed?: readonly Typed[];
  /** Is shown all that could be read so far, whenever there is more. */
  onScreen?(screen: string): void;
}

/** Runs Node with `args` on a terminal until it ends. */
export async function runOnTerminal(
  spawn: typeof Spawn,
  args: string[],
  { cwd, env, typed = [], onScreen = () => undefined }: TerminalOptions,
): Promise<{ code: number; screen: string }> {
  const { CI: _ci, ...rest } = env;
  const child = spawn(process.execPath, args, { cwd, env: rest as Record<string, string>, cols: 200, rows: 50 });
  const left = [...typed];
  let screen = '';
  let seen = 0;
  child.onData(part => {
    screen += stripVTControlCharacters(part);
    onScreen(screen);
    const next = left[0];
    const at = next ? screen.indexOf(next.after, seen) : -1;
    if (next && at !== -1) {
      seen = at + next.after.length;
      left.shift();
      child.write(next.keys);
    }
  });
  return await new Promise(done => child.onExit(({ exitCode }) => done({ code: exitCode, screen })));
}
