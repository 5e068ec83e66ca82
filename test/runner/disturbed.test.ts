import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { renderError } from '../../src/errors.ts';
import { startCluster } from '../support/cluster.ts';
import { withClient } from '../support/database.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { expectRecovery, reached, type State, startUp, withSchool } from './crash-school.ts';

describe('migration:up that is disturbed', () => {
  let undisturbed: State;
  before(async () => {
    undisturbed = await reached();
  });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`ends soon after ${signal} while it waits for an old snapshot, with ${code}, and goes on later`, () =>
      withSchool(folder =>
        withClient(folder.url, async holder => {
          const child = startUp(folder);
          // the concurrent build waits for whoever still sees the table as it was
          await child.until(({ event, step }) => event === 'step' && step === 8);
          await holder.query('begin; lock table lessons in row exclusive mode');
          await awaitSession(folder, 'sunschool-db up 9/%', `and wait_event_type = 'Lock'`);
          const sentAt = performance.now();
          child.kill(signal);
          expect(await child.ended).to.equal(code);
          expect(performance.now() - sentAt).to.be.below(5000);
          expect(child.stderr()).to.match(new RegExp(`Interrupted \\(${signal}\\)`));
          expect(child.stderr()).to.include('8 of the 14 steps of 0000_every_kind are done');
          await holder.query('commit');
          await expectRecovery(folder, undisturbed);
        }),
      ));
  }

  it('goes on after the network went', () =>
    withSchool(async folder => {
      await using proxy = await startProxy(folder.url);
      const child = startUp({ url: proxy.url, path: folder.path });
      await child.until(({ event, step }) => event === 'step' && step === 5);
      proxy.cut();
      expect(await child.ended).to.equal(1);
      await expectRecovery(folder, undisturbed);
    }));

  it('goes on after a build that ran out of room, and leaves no invalid index', () =>
    withSchool(async folder => {
      const database = new URL(folder.url).pathname.slice(1);
      await folder.query(`alter database ${database} set temp_file_limit = 0`);
      await folder.query(`alter database ${database} set maintenance_work_mem = '64kB'`);
      const failed = await folder.migrate(migrator => migrator.up()).catch(error => error);
      expect(renderError(failed)).to.include('temporary file size exceeds');
      expect(await folder.query('select 1 from pg_index where not indisvalid')).to.deep.equal([]);
      await folder.query(`alter database ${database} reset all`);
      await expectRecovery(folder, undisturbed);
    }));

  it('goes on after the server crashed', async function () {
    this.timeout(60_000);
    using folder = temporaryFolder();
    const cluster = await startCluster(folder.path);
    try {
      const { host, port, user, password } = cluster;
      const url = `postgresql://${user}:${password}@${host}:${port}/postgres`;
      await withSchool(
        async school => {
          for (const step of [4, 7, 10]) {
            const child = startUp(school);
            await child.until(({ event, step: ended }) => event === 'step' && ended === step);
            // it must not be done before the server is down
            child.kill('SIGSTOP');
            await cluster.crash();
            child.kill('SIGCONT');
            expect(await child.ended).to.equal(1);
            await cluster.restart();
          }
          await expectRecovery(school, undisturbed);
        },
        { url },
      );
    } finally {
      // a failure above may have left it down, and is what is to be told
      await cluster.crash().catch(() => undefined);
    }
  });

  it('waits for a build of somebody else, and takes its index', () =>
    withSchool(folder =>
      withClient(folder.url, async holder => {
        await holder.query('begin; lock table lessons in row exclusive mode');
        const built = folder.query('create index concurrently i_subject on lessons (subject)');
        await awaitSession(folder, '%', `and query like 'create index%' and wait_event_type = 'Lock'`);
        const up = folder.migrate(migrator => migrator.up({ to: '0000_every_kind' }));
        await holder.query('commit');
        await built;
        await up;
        await expectRecovery(folder, undisturbed);
      }),
    ));
});

describe('twenty migrators that start at once', () => {
  it('run each migration once, and none of them fails', () =>
    withMigrations(async folder => {
      await folder.write('0000_a', `this.addSql('create table a (n int)');`);
      await folder.write('0001_b', `this.addSql('insert into a values (1)');`);
      await folder.write('0002_c', `this.addSql('create index concurrently if not exists i on a (n)');`);
      await Promise.all(Array.from({ length: 20 }, () => folder.migrate(migrator => migrator.up())));
      expect(await folder.executed()).to.deep.equal(['0000_a', '0001_b', '0002_c']);
      expect(await folder.query('select count(*)::int as rows from a')).to.deep.equal([{ rows: 1 }]);
    }));
});

async function awaitSession({ url }: MigrationsFolder, name: string, condition: string): Promise<void> {
  const sql = `select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name like '${name}' ${condition}`;
  await withClient(url, async client => {
    while ((await client.query(sql)).rows.length === 0) {
      await sleep(2);
    }
  });
}

/** Everything that goes to the server through it ends at once with `cut`. */
async function startProxy(url: string): Promise<AsyncDisposable & { readonly url: string; cut(): void }> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    const onward = connect(Number(target.port), target.hostname);
    for (const end of [socket, onward]) {
      sockets.add(end.on('error', () => undefined));
    }
    socket.pipe(onward).pipe(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  const cut = (): void => {
    server.close();
    for (const socket of sockets) {
      socket.resetAndDestroy();
    }
  };
  return { url: through.href, cut, [Symbol.asyncDispose]: async () => cut() };
}
