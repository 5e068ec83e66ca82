import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { findFreePort } from '../../src/server/embedded/port.ts';
import { createTemplate, createTestDatabase, withClient, withDatabase } from '../support/database.ts';
import { until } from '../support/embedded-project.ts';

describe('the databases of the tests', () => {
  it('gives each test its own, and drops it', async () => {
    const name = await withDatabase(async database => {
      await withClient(database.url, client => client.query('create table only_here ()'));
      return database.name;
    });
    await withDatabase(async ({ url }) => {
      const { rows } = await withClient(url, client =>
        client.query(`select to_regclass('only_here') as found, exists (select from pg_database where datname = $1)`, [
          name,
        ]),
      );
      expect(rows).to.deep.equal([{ found: null, exists: false }]);
    });
  });

  it('clones a template that is built once', async () => {
    const name = `once only ${process.pid}`;
    let built = 0;
    const build = async (url: string) => {
      built += 1;
      await withClient(url, client => client.query('create table cloned as select 42 as answer'));
    };
    const templates = await Promise.all([createTemplate(name, build), createTemplate(name, build)]);
    await using database = await createTestDatabase({ template: templates[0] });
    const { rows } = await withClient(database.url, client => client.query('select answer from cloned'));
    expect({ built, templates, rows }).to.deep.equal({
      built: 1,
      templates: [`template_once_only_${process.pid}`, `template_once_only_${process.pid}`],
      rows: [{ answer: 42 }],
    });
  });

  it('builds a template again when the first attempt failed', async () => {
    const name = `second try ${process.pid}`;
    const failed = await createTemplate(name, () => Promise.reject(new Error('half done'))).catch(String);
    const template = await createTemplate(name, async () => {});
    await using database = await createTestDatabase({ template });
    expect([failed, database.name].join()).to.match(/^Error: half done,test_/);
  });
});

describe('the server of the tests', () => {
  it('is gone with all that the tests left when whoever started it is killed', async () => {
    const starter = spawn(process.execPath, ['--input-type=module', '--eval', STARTER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface(starter.stdout), 'line');
    const { temporary, port } = JSON.parse(line);
    writeFileSync(join(temporary, 'left.txt'), '');
    const memory = sharedMemoryOf(join(dirname(temporary), 'server', 'data'));
    starter.kill('SIGKILL');
    await until(() => !existsSync(dirname(temporary)));
    expect(memory.filter(existsSync)).to.deep.equal([]);
    expect(await findFreePort(port)).to.equal(port);
  });
});

/** The files in /dev/shm that a server on Linux works with. */
function sharedMemoryOf(data: string): string[] {
  const pid = Number.parseInt(readFileSync(join(data, 'postmaster.pid'), 'utf8'), 10);
  const maps = process.platform === 'linux' ? readFileSync(`/proc/${pid}/maps`, 'utf8') : '';
  return [...new Set(maps.match(/\/dev\/shm\/PostgreSQL\.\d+/g))];
}

/** Starts a server as mocha does, and stays. */
const STARTER = `
  import { startTestServer, testServer } from ${JSON.stringify(new URL('../support/server.ts', import.meta.url).href)};
  await startTestServer();
  console.log(JSON.stringify(testServer()));
  setInterval(() => undefined, 1000);
`;
