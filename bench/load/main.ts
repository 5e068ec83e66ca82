/** What clients have to wait while a large table changes: `npm run bench:load`. See ../README.md. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createTemplate, createTestDatabase, withClient } from '../../test/support/database.ts';
import { repository, runNode } from '../../test/support/project.ts';
import { startTestServer } from '../../test/support/server.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { LOAD_CASES, type LoadCase } from './cases.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rows: { type: 'string', default: '2000000' }, json: { type: 'boolean', default: false } },
});
const rows = Number(values.rows);

interface Waits {
  readonly requests: number;
  readonly p999: number;
  readonly longest: number;
}

interface Measured extends Waits {
  readonly side: 'alone' | 'stock' | 'ours';
  readonly seconds: number;
  /** The most that the database was larger than before. */
  readonly diskMb: number;
}

const stop = await startTestServer();
process.once('SIGINT', () => stop().finally(() => process.exit(130)));
try {
  const template = await createTemplate('load', url =>
    withClient(url, async client => void (await client.query(SCHOOL()))),
  );
  const chosen = LOAD_CASES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const report: { name: string; title: string; sides: Measured[] }[] = [];
  for (const { name, title, ...change } of chosen) {
    process.stderr.write(`${title} …\n`);
    const sides = change.isQuiet ? [] : [await measure(template, 'alone', { name, title, ...change })];
    sides.push(await measure(template, 'stock', { name, title, ...change }));
    sides.push(await measure(template, 'ours', { name, title, ...change }));
    report.push({ name, title, sides });
  }
  process.stdout.write(values.json ? `${JSON.stringify({ rows, cases: report }, null, 2)}\n` : render(report));
} finally {
  await stop();
}

function SCHOOL(): string {
  return `create table users (id int primary key);
    create table lessons (id int primary key, learner int, subject text, score int) with (fillfactor = 90);
    insert into users select n from generate_series(1, 1000) n;
    insert into lessons select n, n % 1000 + 1, 'subject ' || n % 9, n % 101 from generate_series(1, ${rows}) n;
    analyze`;
}

/** The change under load, on a database of its own; `alone` is the load without it, for three seconds. */
async function measure(template: string, side: Measured['side'], change: LoadCase): Promise<Measured> {
  await using database = await createTestDatabase({ template });
  const { url } = database;
  await withClient(url, client => client.query('checkpoint'));
  const clients = change.isQuiet ? noClients() : await startClients(url);
  const held = change.heldMs !== undefined && side !== 'alone' ? hold(url, change.heldMs) : undefined;
  await sleep(1000);
  const disk = await watchDisk(url);
  const startedAt = performance.now();
  const ownMs = await (side === 'alone'
    ? sleep(3000)
    : side === 'stock'
      ? runStock(url, change)
      : runOurs(url, change));
  const seconds = ((change.isQuiet && ownMs) || performance.now() - startedAt) / 1000;
  await held;
  return { side, seconds, diskMb: await disk.stop(), ...(await clients.stop()) };
}

function noClients(): { stop(): Promise<Waits> } {
  return { stop: async () => ({ requests: 0, p999: 0, longest: 0 }) };
}

async function startClients(url: string): Promise<{ stop(): Promise<Waits> }> {
  const program = join(import.meta.dirname, 'clients.ts');
  const child = spawn(process.execPath, [program, url, String(rows)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  output.on('line', line => lines.push(line));
  await once(output, 'line');
  return {
    stop: async () => {
      child.stdin.end();
      await once(child, 'close');
      return JSON.parse(lines.at(-1) ?? '');
    },
  };
}

/** Looks five times a second; write-ahead log is not counted. */
async function watchDisk(url: string): Promise<{ stop(): Promise<number> }> {
  const size = (): Promise<number> =>
    withClient(url, async client =>
      Number((await client.query('select pg_database_size(current_database()) as size')).rows[0].size),
    );
  const before = await size();
  let [most, isOver] = [before, false];
  const watching = (async () => {
    while (!isOver) {
      most = Math.max(most, await size());
      await sleep(200);
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await watching;
      return (Math.max(most, await size()) - before) / 2 ** 20;
    },
  };
}

function hold(url: string, ms: number): Promise<void> {
  return withClient(url, async client => {
    await client.query('begin; select count(*) from (select 1 from lessons limit 1) l');
    await sleep(ms);
    await client.query('commit');
  });
}

async function runStock(url: string, { stock }: LoadCase): Promise<void> {
  await withClient(url, client => client.query(['begin', ...stock, 'commit'].join(';')));
}

/** @returns how long its steps took, in ms: without the start of the process. */
async function runOurs(url: string, { ours }: LoadCase): Promise<number> {
  using folder = temporaryFolder();
  const path = join(folder.path, 'migrations');
  await mkdir(path);
  await writeFile(
    join(path, '0000_change.ts'),
    `import { OnlineMigration } from '${repository}/src/index.ts';
export class Change extends OnlineMigration {
  override readonly name = '0000_change';
  override up(): void { ${ours} }
  override down(): void {}
}
`,
  );
  const program = join(repository, 'test/support/migrate-child.ts');
  const env = { ...process.env, LOG_FORMAT: 'json' };
  const { code, stderr } = await runNode([program, url, path, 'up'], { cwd: repository, env });
  if (code !== 0) {
    throw new Error(stderr);
  }
  const events = stderr.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line)] : []));
  return events.reduce((sum, { event, durationMs }) => (event === 'step' ? sum + durationMs : sum), 0);
}

function render(report: readonly { title: string; sides: readonly Measured[] }[]): string {
  const lines = report.flatMap(({ title, sides }) =>
    sides.map(
      ({ side, seconds, p999, longest, diskMb }) =>
        `| ${title} | ${side} | ${seconds.toFixed(1)} s | ${p999.toFixed(0)} ms | ${longest.toFixed(0)} ms | ${diskMb.toFixed(0)} MB |`,
    ),
  );
  return `${rows.toLocaleString('en-US')} rows, 4 clients\n\n| change | side | duration | 99.9 % waited less than | longest wait | disk |\n| --- | --- | --- | --- | --- | --- |\n${lines.join('\n')}\n`;
}
