import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { PoolClient } from 'pg';
import { SettingsError } from '../errors.ts';
import { inLook } from '../runner/look.ts';
import { embeddedFolder } from '../server/embedded/folder.ts';
import { pidFileOf } from '../server/embedded/postmaster.ts';
import { projectServer } from '../server/embedded/project.ts';
import type { DiskForecast } from './forecast.ts';

const LOOK_MS = 5_000;

type FreeDisk = Pick<DiskForecast, 'freeBytes' | 'from'>;

/**
 * Free space where the data are. PostgreSQL does not tell it to anybody over SQL: it is known where somebody says so, or where the
 * server is on this machine and its folder can be found.
 * @param options.given as `--free-disk` has it: `20GB`. @param options.cwd a folder of the project.
 * @throws SettingsError for a size that is none.
 */
export async function readFreeDisk(
  client: PoolClient,
  { given, cwd }: { readonly given: string | undefined; readonly cwd: string },
): Promise<FreeDisk> {
  if (given !== undefined) {
    return { freeBytes: readSize(given), from: '--free-disk' };
  }
  const folder = await findDataFolder(client, cwd);
  if (folder === undefined) {
    return {};
  }
  try {
    const { bavail, bsize } = await statfs(folder);
    return { freeBytes: bavail * bsize, from: folder };
  } catch {
    return {};
  }
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };

/** `20GB`, `1.5 TB`, in units of 1024 as PostgreSQL counts. @throws SettingsError */
export function readSize(text: string): number {
  const [, number = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]?i?B)\s*$/i.exec(text) ?? [];
  const factor = UNITS[unit.toUpperCase().replace('I', '')];
  if (factor === undefined) {
    throw new SettingsError({
      title: 'Bad setting: --free-disk',
      subject: text,
      happens: 'It is no size.',
      remedy: 'npm run migrate:plan -- --free-disk 20GB',
      left: 'Nothing was done.',
    });
  }
  return Math.round(Number(number) * factor);
}

/** The folder of the data, where it is on this machine and is that server's: a tunnel leads elsewhere from the same address. */
async function findDataFolder(client: PoolClient, cwd: string): Promise<string | undefined> {
  const { rows } = await inLook(client, { limitMs: LOOK_MS }, () =>
    client.query<{ startedAt: number; folder: string | null }>(
      `select floor(extract(epoch from pg_postmaster_start_time()))::int as "startedAt",
              case when pg_has_role('pg_read_all_settings', 'usage') then current_setting('data_directory') end as folder`,
    ),
  );
  const { startedAt = 0, folder = null } = rows[0] ?? {};
  const candidates = [folder, embeddedFolder(projectServer(cwd).directory).data];
  return candidates.find(candidate => candidate !== null && isServedSince(candidate, startedAt)) ?? undefined;
}

/** `postmaster.pid`: process, folder, start time, port. https://www.postgresql.org/docs/current/storage-file-layout.html */
function isServedSince(folder: string, startedAt: number): boolean {
  try {
    const since = Number(readFileSync(pidFileOf(folder), 'utf8').split('\n')[2]);
    return Math.abs(since - startedAt) <= 1;
  } catch {
    return false;
  }
}
