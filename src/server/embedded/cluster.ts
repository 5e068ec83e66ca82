/**
 * One data directory of PostgreSQL and what its own programs do with it: initdb and pg_ctl. The development server and the
 * throwaway server of the tests are both made of these.
 */
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { type Finished, runBinary } from './run-binary.ts';

export interface Cluster {
  readonly binaries: Binaries;
  /** Who runs it; undefined for whoever runs us. */
  readonly account: Account | undefined;
  /** Absolute path of the data directory. */
  readonly data: string;
}

/** Name of the superuser that every embedded server has. */
export const SUPERUSER = 'postgres';

export type ServerSettings = Readonly<Record<string, string>>;

export interface InitOptions {
  readonly password: string;
  /** Written to postgresql.conf. */
  readonly settings: ServerSettings;
  /** Flush everything to disk, so that the new data survive a power failure. */
  readonly sync: boolean;
}

/**
 * Makes the data directory with initdb. Its parent folder must exist, belong to the account and hold nothing else: the
 * password passes through a file in it, since an argument would be seen by everyone on the machine.
 */
export async function initCluster(cluster: Cluster, { password, settings, sync }: InitOptions): Promise<Finished> {
  const { binaries, account, data } = cluster;
  const passwordFile = join(dirname(data), 'pwfile');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  if (account) {
    chownSync(data, account.uid, account.gid);
    chownSync(passwordFile, account.uid, account.gid);
  }
  try {
    return await runBinary(
      binaries.initdb,
      [
        `--username=${SUPERUSER}`,
        '--auth=scram-sha-256',
        `--pwfile=${join('..', 'pwfile')}`,
        ...localeArguments(binaries.major),
        '--no-instructions',
        ...(sync ? [] : ['--no-sync']),
        ...Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`),
      ],
      inData(cluster),
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * The same order and the same upper and lower case on every machine: C.UTF-8 as PostgreSQL brings it since 17, without asking
 * the operating system. https://www.postgresql.org/docs/current/locale.html#LOCALE-PROVIDERS
 */
function localeArguments(major: number): string[] {
  const builtin = major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  return ['--encoding=UTF8', '--locale=C', ...builtin];
}

export interface StartOptions {
  /** Loopback only, always: it is a private server. */
  readonly port: number;
  /** Shown in the list of processes; letters, digits, `-` and `.` only, since pg_ctl hands it to a shell. */
  readonly name: string;
  readonly timeoutSeconds?: number;
}

/** Starts the server in a session of its own and waits until it takes connections. */
export function startCluster(cluster: Cluster, { port, name, timeoutSeconds = 60 }: StartOptions): Promise<Finished> {
  const settings = [
    `-p ${port}`,
    `-c cluster_name=${name}`,
    '-c listen_addresses=127.0.0.1',
    '-c unix_socket_directories=',
  ];
  const args = ['start', '--wait', `--timeout=${timeoutSeconds}`, `--log=${START_LOG}`, '-o', settings.join(' ')];
  rmSync(join(cluster.data, START_LOG), { force: true });
  return runBinary(cluster.binaries.pgCtl, args, { ...inData(cluster), detached: true });
}

/** What the server says before it has opened its own log, if it has one. */
const START_LOG = 'start.log';

/** What the server said while it started the last time. */
export function readStartLog(data: string): string {
  const path = join(data, START_LOG);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

export interface StopOptions {
  /** `fast` writes everything down; `immediate` is a crash, for data that nobody needs any more. */
  readonly mode: 'fast' | 'immediate';
  readonly timeoutSeconds?: number;
}

/** Stops the server and waits for it. The caller has made sure that it is this directory's: pg_ctl trusts its pid file. */
export function stopCluster(cluster: Cluster, { mode, timeoutSeconds = 60 }: StopOptions): Promise<Finished> {
  const args = ['stop', '--wait', `--timeout=${timeoutSeconds}`, `--mode=${mode}`];
  return runBinary(cluster.binaries.pgCtl, args, inData(cluster));
}

/**
 * The data directory is the working folder, entered before the rights are dropped, and is called /proc/self/cwd: Linux
 * resolves that link without walking the folders above it, so they may be closed to the account.
 */
function inData({ account, data }: Cluster): {
  cwd: string;
  account: Account | undefined;
  env: Record<string, string>;
} {
  const name = account && existsSync('/proc/self/cwd') ? '/proc/self/cwd' : data;
  return { cwd: data, account, env: { PGDATA: name } };
}
