/**
 * The folder of one test run: its server, and as TMPDIR whatever its tests and their commands make. What the run leaves behind
 * when it is killed, files and processes, is found by it.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export interface RunFolder {
  readonly path: string;
  readonly temporary: string;
}

export function makeRunFolder(): RunFolder {
  const path = mkdtempSync(join(placeForFiles(), 'test-run-'));
  mkdirSync(join(path, 'tmp'), { mode: 0o700 });
  // initdb of PostgreSQL 15 leaves its working folder and enters it again by its path, as the account that it runs as
  chmodSync(path, 0o711);
  return { path, temporary: join(path, 'tmp') };
}

/**
 * In memory, where that has room: a database is some 300 files, and to make those takes 10 ms there, up to 250 ms on a disk.
 * Containers have 64 MB of it, too little; a TMPDIR of the caller's own is taken at its word.
 */
function placeForFiles(): string {
  const memory = '/dev/shm';
  if (process.env.TMPDIR || process.platform !== 'linux' || !existsSync(memory)) {
    return tmpdir();
  }
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize >= 4 * 1024 ** 3 ? memory : tmpdir();
}

/**
 * Ends every process that works in the folder, and removes it. A command that was just starting one is among them. A server
 * has two seconds to give back its shared memory, which outlives a SIGKILL, on Linux as a file in /dev/shm.
 */
export async function clearRunFolder({ path }: RunFolder): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const hasPatience = attempt < 100;
    const pids = processesIn(path);
    for (const pid of pids) {
      send(pid, hasPatience && isPostgres(pid) ? 'SIGQUIT' : 'SIGKILL');
    }
    if (pids.length === 0 || !hasPatience) {
      try {
        rmSync(path, { recursive: true, force: true });
      } catch {
        // Somebody was still writing there.
      }
    }
    if (pids.length === 0 && !existsSync(path)) {
      return;
    }
    await setTimeout(20);
  }
}

/** Linux tells where a process works and how it was called; elsewhere only the servers are found, by their pid files. */
function processesIn(path: string): number[] {
  if (process.platform !== 'linux') {
    return readPidFiles(path);
  }
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter(pid => pid !== process.pid && mentions(pid, path));
}

function mentions(pid: number, path: string): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path) || readlinkSync(`/proc/${pid}/cwd`).startsWith(path)
    );
  } catch {
    // Gone, or not ours.
    return false;
  }
}

function readPidFiles(path: string): number[] {
  const files = existsSync(path) ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : [];
  return files
    .filter(name => name.endsWith('postmaster.pid'))
    .map(name => Number.parseInt(readFileSync(join(path, name), 'utf8'), 10))
    .filter(pid => send(pid, 0));
}

/** Where only servers are found, it is one. */
function isPostgres(pid: number): boolean {
  try {
    return process.platform !== 'linux' || readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres';
  } catch {
    return false;
  }
}

/** False when there is no such process any more; 0 only asks. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
