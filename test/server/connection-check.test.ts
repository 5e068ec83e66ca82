import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql';
import { expect } from 'chai';
import { renderError, ServerError } from '../../src/errors.ts';
import { checkConnection } from '../../src/server/connection/check.ts';
import { connectionOptions, readConnectionSettings } from '../../src/server/settings.ts';
import { testServer } from '../support/server.ts';
import { asSuperuser, certificates, serverUrl, withTlsServer } from './connection-server.ts';

const SECRET = 'g3h3im@/:%';

const ROLES = [
  `create role "check plain" login password '${SECRET}'`,
  `create role check_tls_only login password '${SECRET}'`,
  `create role check_plain_only login password '${SECRET}'`,
  'create role tls_client login',
  `create role check_rejected login password '${SECRET}'`,
  `create role check_full login password '${SECRET}' connection limit 0`,
  `create role check_reader login password '${SECRET}'`,
  'alter role check_reader set default_transaction_read_only = on',
  `create role check_clear login password '${SECRET}'`,
  'create role check_nologin',
];

const RULES = [
  'hostssl all check_tls_only all scram-sha-256',
  'host all check_tls_only all reject',
  'hostnossl all check_plain_only all scram-sha-256',
  'host all check_plain_only all reject',
  'hostssl all tls_client all cert',
  'host all check_rejected all reject',
  'host all check_clear all password',
  'host all check_nologin,check_nobody all trust',
];

describe('connecting with DATABASE_URL', () => {
  let home: string;
  let restore: () => Promise<void>;
  const password = encodeURIComponent(SECRET);
  const root = `sslrootcert=${certificates}/ca.crt`;

  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'connection-check-'));
    await asSuperuser(async client => {
      for (const statement of ROLES) {
        await client.query(statement);
      }
      await client.query('create database "check closed" allow_connections false');
      await client.query('create database check_private');
      await client.query('revoke connect on database check_private from public');
    });
    restore = await withTlsServer(RULES);
  });

  after(async () => {
    await restore();
    await asSuperuser(async client => {
      await client.query('drop database "check closed"');
      await client.query('drop database check_private');
      for (const statement of ROLES.filter(text => text.startsWith('create'))) {
        await client.query(`drop role ${/^create role ("[^"]+"|\w+)/.exec(statement)?.[1]}`);
      }
    });
    rmSync(home, { recursive: true });
  });

  async function check(url: string, env: Record<string, string> = {}) {
    const settings = readConnectionSettings({ HOME: home, DATABASE_URL: url, ...env });
    if (!settings) {
      throw new Error('no settings');
    }
    const { host, tls } = await checkConnection(settings);
    return `${host.host} ${tls ? 'with' : 'without'} TLS`;
  }

  /** The message, which must hold neither a stack trace nor any part of the password. */
  async function failure(url: string, env?: Record<string, string>): Promise<string> {
    try {
      await check(url, env);
    } catch (error) {
      expect(error).to.be.instanceOf(ServerError).and.to.include({ exitCode: 1 });
      const text = renderError(error);
      expect(text).not.to.match(/g3h3|\n\s+at /);
      return text;
    }
    throw new Error('it connected');
  }

  describe('sslmode', () => {
    const at = (query: string, host?: string) => serverUrl({ query, ...(host && { host }) });

    for (const [query, host, way] of [
      ['', '127.0.0.1', 'with TLS'],
      ['sslmode=prefer', '127.0.0.1', 'with TLS'],
      ['sslmode=disable', '127.0.0.1', 'without TLS'],
      ['sslmode=allow', '127.0.0.1', 'without TLS'],
      ['sslmode=require', '127.0.0.1', 'with TLS'],
      [`sslmode=require&${root}`, '127.0.0.1', 'with TLS'],
      [`sslmode=verify-ca&${root}`, '127.0.0.1', 'with TLS'],
      [`sslmode=verify-full&${root}`, 'localhost', 'with TLS'],
      ['sslmode=require&sslnegotiation=direct', '127.0.0.1', 'with TLS'],
      ['channel_binding=require', '127.0.0.1', 'with TLS'],
      [`sslmode=prefer&sslrootcert=${certificates}/other-ca.crt`, '127.0.0.1', 'without TLS'],
    ] as const) {
      it(`connects ${way} for "${query.replace(certificates, '…')}" and ${host}`, async () => {
        expect(await check(at(query, host))).to.equal(`${host} ${way}`);
      });
    }

    it('verify-full takes the name of the host, also where hostaddr says how to get there', async () => {
      const { port } = testServer();
      const query = `sslmode=verify-full&${root}&hostaddr=127.0.0.1&port=${port}`;
      expect(await check(at(query, 'localhost'))).to.equal('localhost with TLS');
      for (const host of ['127.0.0.1', 'db.example.org']) {
        const text = await failure(at(query, host));
        expect(text).to.include(`The certificate of the server is not made out for "${host}" (sslmode=verify-full).`);
      }
    });

    it('require and verify-ca fail when another authority signed', async () => {
      for (const mode of ['require', 'verify-ca']) {
        const text = await failure(at(`sslmode=${mode}&sslrootcert=${certificates}/other-ca.crt`));
        expect(text)
          .to.include(`did not sign the certificate of the server (sslmode=${mode})`)
          .and.include('sslrootcert');
      }
    });

    it('prefer goes the way that pg_hba.conf leaves open, allow too', async () => {
      const only = (user: string, query = '') => serverUrl({ user, password, query });
      expect(await check(only('check_tls_only'))).to.include('with TLS');
      expect(await check(only('check_tls_only', 'sslmode=allow'))).to.include('with TLS');
      expect(await check(only('check_plain_only'))).to.include('without TLS');
      expect(await check(only('check_plain_only', 'sslmode=allow'))).to.include('without TLS');
      const text = await failure(only('check_tls_only', 'sslmode=disable'));
      expect(text).to.include('add sslmode=require to the URL').and.include('no encryption (28000)');
    });

    it('shows the client certificate', async () => {
      const key = join(home, 'client.key');
      copyFileSync(join(certificates, 'client.key'), key);
      chmodSync(key, 0o600);
      const query = `sslcert=${certificates}/client.crt&sslkey=${key}`;
      expect(await check(serverUrl({ user: 'tls_client', query }))).to.include('with TLS');
      expect(await failure(serverUrl({ user: 'tls_client', query: 'sslmode=require' }))).to.include('28000');
    });

    it('channel_binding=require is not met without TLS', async () => {
      const text = await failure(at('channel_binding=require&sslmode=disable'));
      expect(text).to.include('It does not offer channel binding');
    });
  });

  describe('passwords', () => {
    it('are decoded', async () => {
      expect(await check(serverUrl({ user: 'check%20plain', password }))).to.include('with TLS');
    });

    it('are proved as the server wants it', async () => {
      expect(await check(serverUrl({ user: 'check_clear', password }))).to.include('with TLS');
      expect(await failure(serverUrl({ user: 'check_clear', password: 'g3h3' }))).to.include('28P01');
    });

    it('that are wrong give one message that names the user and where the password came from', async () => {
      const text = await failure(serverUrl({ user: 'check%20plain' }), { PGPASSWORD: 'g3h3' });
      expect(text.split('\n').slice(0, 5)).to.deep.equal([
        `Cannot connect to the database "postgres" on 127.0.0.1:${testServer().port} as "check plain"`,
        '',
        '  What happens   The server does not accept the password for "check plain" (PGPASSWORD).',
        '  What to do     Correct the user or the password. In a URL write %40 for "@", %3A for ":", %2F for "/" and %25 for "%".',
        '  PostgreSQL     password authentication failed for user "check plain" (28P01)',
      ]);
    });

    it('that are missing are asked for, and pg does not look for one by itself', async () => {
      process.env.PGPASSWORD = SECRET;
      try {
        const text = await failure(serverUrl({ user: 'check%20plain' }));
        expect(text).to.include('The server asks for the password of "check plain", and none is given.');
      } finally {
        delete process.env.PGPASSWORD;
      }
    });
  });

  describe('a refusal', () => {
    it('names the missing database and how to make it, and does not make it', async () => {
      const { port, user } = testServer();
      const text = await failure(serverUrl({ database: 'sunschool_test' }));
      expect(text).to.include('There is no database "sunschool_test" on this server. It is never created for you.');
      expect(text).to.include(`Type: createdb sunschool_test -h 127.0.0.1 -p ${port}`).and.include(`-U ${user}`);
      const { rows } = await asSuperuser(client =>
        client.query(`select datname from pg_database where datname = 'sunschool_test'`),
      );
      expect(rows).to.deep.equal([]);
    });

    for (const [what, user, database, expected] of [
      [
        'a role that may not log in',
        'check_nologin',
        'postgres',
        'There is no role "check_nologin" on this server, or it',
      ],
      ['a role that does not exist', 'check_nobody', 'postgres', 'createuser check_nobody -h 127.0.0.1 -p '],
      ['a rule of pg_hba.conf', 'check_rejected', 'postgres', 'The server has no rule that lets "check_rejected" in'],
      ['a full server', 'check_full', 'postgres', 'as many connections as are allowed'],
      ['a closed database', 'check_reader', 'check%20closed', 'alter database "check closed" allow_connections true'],
      [
        'a private database',
        'check_reader',
        'check_private',
        'grant connect on database "check_private" to "check_reader"',
      ],
    ] as const) {
      it(`because of ${what} says so`, async () => {
        expect(await failure(serverUrl({ user, password, database }))).to.include(expected);
      });
    }

    it('that has no explanation of its own shows what PostgreSQL says', async () => {
      const text = await failure(serverUrl({ query: 'options=-cnonsense%3D1' }));
      expect(text).to.include('The server refused the connection.').and.include('"nonsense" (42704)');
    });
  });

  describe('no PostgreSQL', () => {
    let listener: Server;
    let port: number;

    /** Answers whoever connects with `reply`; undefined hangs up at once. */
    async function listen(reply: string | undefined): Promise<void> {
      listener = createServer(socket => {
        socket.on('error', () => undefined);
        reply === undefined ? socket.destroy() : socket.write(reply);
      });
      await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
      port = (listener.address() as { port: number }).port;
    }

    afterEach(() => {
      listener?.close();
    });

    it('listens: the port, and how to look', async () => {
      await listen(undefined);
      await new Promise(resolve => listener.close(resolve));
      const text = await failure(`postgresql://ada:g3h3@127.0.0.1:${port}/db`);
      expect(text).to.include(`Nothing accepts connections on 127.0.0.1:${port}.`);
      expect(text).to.include(`pg_isready -h 127.0.0.1 -p ${port}`);
    });

    it('hangs up, or is another service', async () => {
      for (const [reply, query] of [
        [undefined, ''],
        [undefined, '?sslmode=disable'],
        ['HTTP/1.1 400 Bad Request\r\n\r\n', '?sslmode=require'],
        ['220 mail.example.org ESMTP\r\n', '?sslmode=require'],
      ]) {
        await listen(reply);
        const text = await failure(`postgresql://ada:g3h3@127.0.0.1:${port}/db${query}`);
        expect(text).to.include(`What listens on 127.0.0.1:${port} hung up, or does not answer as PostgreSQL does.`);
        listener.close();
      }
    });

    it('has no TLS', async () => {
      await listen('N');
      const text = await failure(`postgresql://ada:g3h3@127.0.0.1:${port}/db?sslmode=require`);
      expect(text).to.include(`The server on 127.0.0.1:${port} has no TLS, and sslmode=require asks for it.`);
    });

    it('answers: the check ends after connect_timeout', async () => {
      await listen('');
      const started = performance.now();
      const text = await failure(`postgresql://ada:g3h3@127.0.0.1:${port}/db?connect_timeout=1`);
      expect(text).to.include(`There was no answer from 127.0.0.1:${port} within 1 s.`);
      expect(performance.now() - started).to.be.lessThan(2500);
    });

    it('has that name, or that socket', async () => {
      // Without a network the answer may be that there is no answer.
      const unknown = await failure('postgresql://ada:g3h3@none.invalid/db?connect_timeout=3');
      expect(unknown).to.match(/the host name "none.invalid"|no answer from none.invalid/);
      const text = await failure(`postgresql://ada:g3h3@/db?host=${home}`);
      expect(text).to.include(`There is no socket ${home}/.s.PGSQL.5432.`);
    });
  });

  describe('a unix socket', () => {
    let proxy: Server;

    /** The server of the tests has no socket: this one leads to its port. */
    before(done => {
      const { host, port } = testServer();
      proxy = createServer(socket => {
        const server = connect(port, host);
        socket.pipe(server).pipe(socket);
        socket.on('error', () => server.destroy());
        server.on('error', () => socket.destroy());
      }).listen(join(home, '.s.PGSQL.5999'), done);
    });

    after(() => {
      proxy.close();
    });

    it('is a host that begins with a slash, and never has TLS', async () => {
      const { user, password } = testServer();
      const folder = encodeURIComponent(home);
      const without = `${home} without TLS`;
      expect(await check(`postgresql://${user}:${password}@${folder}:5999/postgres`)).to.equal(without);
      expect(await check(`postgresql://${user}:${password}@/postgres?host=${home}&port=5999&sslmode=require`)).to.equal(
        without,
      );
      expect(await check(`host=${home} port=5999 user=${user} password=${password} dbname=postgres`)).to.equal(without);
    });
  });

  describe('several hosts', () => {
    const hosts = (list: string, query: string, user = testServer().user, secret = testServer().password) =>
      `postgresql://${user}:${secret}@${list}/postgres?port=${testServer().port}&${query}`;

    it('are tried in order until one lets us in', async () => {
      const { port, user, password } = testServer();
      const url = `postgresql://${user}:${password}@127.0.0.1:1,localhost:${port}/postgres`;
      expect(await check(url)).to.equal('localhost with TLS');
    });

    it('end with the first that refuses', async () => {
      expect(await failure(hosts('127.0.0.1,localhost', '', 'check_reader', 'g3h3'))).to.include('28P01');
    });

    it('that all fail are all named', async () => {
      const text = await failure(`postgresql://ada:g3h3@localhost:1,[::1]:2,127.0.0.1:1/db`);
      expect(text).to.include('Cannot connect to any of the 3 servers');
      for (const address of ['localhost:1', '[::1]:2', '127.0.0.1:1']) {
        expect(text).to.include(`"db" on ${address} as "ada": `);
      }
    });

    it('must be what target_session_attrs asks for', async () => {
      const reader = (attribute: string) =>
        hosts('127.0.0.1', `target_session_attrs=${attribute}`, 'check_reader', password);
      for (const attribute of ['any', 'read-only', 'primary', 'prefer-standby']) {
        expect(await check(reader(attribute))).to.include('127.0.0.1');
      }
      for (const attribute of ['read-write', 'standby']) {
        const text = await failure(reader(attribute));
        expect(text).to.include(
          `It is a read-only primary, and target_session_attrs=${attribute} asks for another kind.`,
        );
      }
    });
  });

  describe('through MikroORM', () => {
    const Nothing = defineEntity({ name: 'Nothing', properties: { id: p.integer().primary() } });

    it('gives the session that the URL describes, and none of its defaults', async () => {
      const query = `sslmode=verify-full&${root}&options=-cwork_mem%3D5MB&application_name=deploy`;
      const url = serverUrl({ user: 'check%20plain', password, host: 'localhost', query });
      const options = await connectionOptions({ env: { HOME: home, DATABASE_URL: url }, cwd: home });
      const orm = await MikroORM.init({ ...options, entities: [Nothing] });
      try {
        const [row] = await orm.em.execute(
          `select current_user as "user", current_database() as database, current_setting('work_mem') as work_mem,
             current_setting('application_name') as application,
             (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as tls`,
        );
        const database = 'postgres';
        expect(row).to.deep.equal({ user: 'check plain', database, work_mem: '5MB', application: 'deploy', tls: true });
      } finally {
        await orm.close();
      }
    });
  });
});
