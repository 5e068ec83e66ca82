/** A project folder of its own with an embedded server, for the tests of that server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import {
  type EmbeddedServer,
  ensureEmbeddedServer,
  stopEmbeddedServer,
} from '../../src/server/embedded/embedded-server.ts';
import { withClient } from './database.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface EmbeddedProject extends AsyncDisposable {
  readonly root: string;
  /** The `.postgres` folder. */
  readonly directory: string;
  inside(...names: string[]): string;
}

/** A new one; when it is disposed of, the server is stopped and the folder removed. */
export function embeddedProject(): EmbeddedProject {
  const folder = temporaryFolder();
  const directory = join(folder.path, '.postgres');
  return {
    root: folder.path,
    directory,
    inside: (...names) => join(directory, ...names),
    [Symbol.asyncDispose]: async () => {
      await stopEmbeddedServer({ directory }).catch(() => undefined);
      folder[Symbol.dispose]();
    },
  };
}

export function ensureServer({ directory }: EmbeddedProject): Promise<EmbeddedServer> {
  return ensureEmbeddedServer({ directory, database: 'development' });
}

/** Number of the server's first process. */
export function readPid({ inside }: EmbeddedProject): number {
  return Number.parseInt(readFileSync(inside('data', 'postmaster.pid'), 'utf8'), 10);
}

/** Runs one statement and gives its first value. */
export async function ask(server: EmbeddedServer, sql: string): Promise<unknown> {
  const { user, password, host, port, database } = server;
  return await withClient(`postgresql://${user}:${password}@${host}:${port}/${database}`, async client => {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return rows[0]?.[0];
  });
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a process that ensures the server, in a process group of its own, as a shell in a terminal would. */
export function spawnCommand({ directory }: EmbeddedProject): ChildProcess {
  const script = fileURLToPath(new URL('ensure-server.ts', import.meta.url));
  return spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
}

/** Waits until it has ended and its output is closed, which nothing in the background may hold open. */
export async function ended(command: ChildProcess): Promise<Ended> {
  const [[code], stdout, stderr] = await Promise.all([
    once(command, 'close'),
    command.stdout ? text(command.stdout) : '',
    command.stderr ? text(command.stderr) : '',
  ]);
  return { code, stdout, stderr };
}

/** What a command printed that ended well. */
export function printedServer({ code, stdout, stderr }: Ended): EmbeddedServer {
  expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** Waits for a condition of the outside world. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await setTimeout(1);
  }
}
