import { existsSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { findEmbeddedServer, stopEmbeddedServer } from '../../src/server/embedded/embedded-server.ts';
import {
  ask,
  embeddedProject,
  ended,
  ensureServer,
  printedServer,
  readPid,
  spawnCommand,
} from '../support/embedded-project.ts';

describe('the embedded server', () => {
  it('goes on when the command that started it has ended, and the next command finds it', async () => {
    await using project = embeddedProject();
    const command = spawnCommand(project);
    const first = printedServer(await ended(command));
    const pid = readPid(project);
    const second = printedServer(await ended(spawnCommand(project)));
    expect([first.started, second.started, readPid(project)]).to.deep.equal([true, false, pid]);
    expect(second.port).to.equal(first.port);
    // Nobody is left in the group that a Ctrl-C in the terminal reaches.
    expect(() => process.kill(-(command.pid ?? 0), 0)).to.throw('ESRCH');
  });

  it('keeps data, password and port from one start to the next', async () => {
    await using project = embeddedProject();
    const first = await ensureServer(project);
    await ask(first, 'create table kept as select 42 as answer');
    expect(await stopEmbeddedServer(project)).to.equal(true);
    expect(await stopEmbeddedServer(project)).to.equal(false);
    expect(await findEmbeddedServer({ ...project, database: 'development' })).to.equal(undefined);
    const second = await ensureServer(project);
    expect(second).to.deep.equal(first);
    expect(await ask(second, 'select answer from kept')).to.equal(42);
  });

  it('listens on loopback only, and is the same on every machine', async () => {
    await using project = embeddedProject();
    const server = await ensureServer(project);
    const settings = await ask(
      server,
      `select jsonb_object_agg(name, setting) from pg_settings
       where name in ('listen_addresses', 'unix_socket_directories', 'TimeZone', 'server_encoding', 'fsync', 'password_encryption')`,
    );
    expect(settings).to.deep.equal({
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      TimeZone: 'UTC',
      server_encoding: 'UTF8',
      fsync: 'on',
      password_encryption: 'scram-sha-256',
    });
    const sorted = `select string_agg(word, '' order by word) from unnest(array['a', 'B', 'ä', '_']) as word`;
    expect(await ask(server, sorted)).to.equal('B_aä');
    expect(await ask(server, `select upper('ä')`)).to.equal('Ä');
  });

  it('keeps its password where only the owner can read it', async () => {
    await using project = embeddedProject();
    await ensureServer(project);
    const modes = [project.directory, project.inside('password')].map(path => statSync(path).mode & 0o777);
    expect(modes).to.deep.equal([0o700, 0o600]);
    expect(readdirSync(project.directory).sort()).to.deep.equal(['.gitignore', 'data', 'lock', 'password', 'port']);
  });

  it('is one server for commands that start at the same moment', async () => {
    for (const count of [2, 8]) {
      await using project = embeddedProject();
      const commands = Array.from({ length: count }, async () => printedServer(await ended(spawnCommand(project))));
      // And for those in one process: a lock can tell processes apart and not their parts.
      const servers = await Promise.all([...commands, ensureServer(project), ensureServer(project)]);
      expect(new Set(servers.map(({ port }) => port))).to.have.lengthOf(1);
      expect(servers.filter(({ started }) => started)).to.have.lengthOf(1);
      expect(existsSync(project.inside('data'))).to.equal(true);
    }
  });

  it('moves to another port when something else has taken its own', async () => {
    await using project = embeddedProject();
    const first = await ensureServer(project);
    await stopEmbeddedServer(project);
    const other = createServer().listen(first.port, '127.0.0.1');
    try {
      const second = await ensureServer(project);
      expect(second.port).to.not.equal(first.port);
      await stopEmbeddedServer(project);
      expect((await ensureServer(project)).port).to.equal(second.port);
    } finally {
      other.close();
    }
  });
});
