/**
 * The process that serves a data directory, as `postmaster.pid` names it. The file outlives a crash and a reboot, and its
 * number may belong to any other process by then.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readIfThere } from './folder.ts';

export interface Postmaster {
  readonly pid: number;
  /** Undefined while it has not got that far. */
  readonly port: number | undefined;
}

/** What `postmaster.pid` says, if there is one and its process is alive; whose process that is remains to be seen. */
export function readPostmaster(data: string): Postmaster | undefined {
  // https://www.postgresql.org/docs/current/storage-file-layout.html: pid, directory, start time, port, …
  const [pid, , , port] = (readIfThere(pidFileOf(data)) ?? '').split('\n').map(Number);
  return pid && isAlive(pid) ? { pid, port: port || undefined } : undefined;
}

export function pidFileOf(data: string): string {
  return join(data, 'postmaster.pid');
}

/** True when process `pid` is PostgreSQL at work in `data`, and not one that has got its number since. */
export function isPostmasterOf(data: string, { pid }: Postmaster): boolean {
  if (process.platform === 'win32') {
    return true;
  }
  try {
    if (process.platform !== 'linux') {
      return (
        basename(execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).trim()) === 'postgres'
      );
    }
    return isPostgres(pid) && worksIn(data, pid) !== false;
  } catch {
    // Gone by now.
    return false;
  }
}

/**
 * Ends what a postmaster that is dead has left behind at work in `data`, where the system lets us see it; they end by
 * themselves otherwise, each after its query. The caller knows that the postmaster is dead.
 */
export function endOrphans(data: string): void {
  const processes = process.platform === 'linux' ? readdirSync('/proc').map(Number).filter(Number.isInteger) : [];
  for (const pid of processes) {
    try {
      if (isPostgres(pid) && worksIn(data, pid)) {
        process.kill(pid, 'SIGQUIT');
      }
    } catch {
      // Gone by now.
    }
  }
}

function isPostgres(pid: number): boolean {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres';
}

/** Undefined where that is a secret: root in a container may not look into another account's processes. */
function worksIn(data: string, pid: number): boolean | undefined {
  try {
    return identity(`/proc/${pid}/cwd`) === identity(data);
  } catch {
    return undefined;
  }
}

/**
 * Tells one data directory from its copies, which have the same password, port and system identifier: device and inode. Every
 * server is started under this name (`cluster_name`) and asked for it when it is found again.
 */
export function serverName(data: string): string {
  return `embedded-${identity(data)}`;
}

function identity(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev}-${ino}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
