import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readStatements } from '../../src/statement/read.ts';
import { withClient } from './database.ts';

/** Runs a script statement by statement, as psql does, without what psql itself reads. Ends at the first error. */
export async function runScript(url: string, script: string): Promise<void> {
  const sql = script.replace(/^\\.*$/gm, '');
  await withClient(url, async client => {
    for (const statement of await readStatements(sql)) {
      await client.query(statement.sql);
    }
  });
}

/** The psql of this machine, if it has one. */
export function findPsql(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map(folder => join(folder, 'psql')).find(path => existsSync(path));
}

/**
 * `psql url < script`, for somebody whose startup file has switched autocommit off, on a machine of another encoding and time zone.
 * @returns its exit code and what it says.
 */
export async function runPsql(psql: string, url: string, script: string): Promise<{ code: number; stderr: string }> {
  const child = spawn(psql, ['-X', '-q', '-v', 'AUTOCOMMIT=off', url], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...process.env, PGCLIENTENCODING: 'LATIN1', PGTZ: 'Asia/Tokyo' },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', part => {
    stderr += part;
  });
  child.stdin.on('error', () => undefined).end(script);
  return new Promise((done, fail) => {
    child.once('error', fail).once('close', code => done({ code: code ?? -1, stderr }));
  });
}
