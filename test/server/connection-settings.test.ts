import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { renderError, SettingsError } from '../../src/errors.ts';
import { isLocalServer } from '../../src/server/connection/hosts.ts';
import { findPassword } from '../../src/server/connection/password-file.ts';
import type { ConnectionSettings } from '../../src/server/connection/settings.ts';
import { readConnectionSettings } from '../../src/server/settings.ts';

type Env = Record<string, string>;

describe('connection settings', () => {
  let home: string;

  before(() => {
    home = mkdtempSync(join(tmpdir(), 'connection-settings-'));
  });

  after(() => {
    rmSync(home, { recursive: true });
  });

  function read(url: string, env: Env = {}): ConnectionSettings {
    const settings = readConnectionSettings({ HOME: home, DATABASE_URL: url, ...env });
    expect(settings).not.to.equal(undefined);
    return settings as ConnectionSettings;
  }

  function refusal(url: string, env: Env = {}): string {
    try {
      readConnectionSettings({ HOME: home, DATABASE_URL: url, ...env });
    } catch (error) {
      expect(error).to.be.instanceOf(SettingsError);
      return renderError(error);
    }
    throw new Error(`accepted: ${url}`);
  }

  function write(name: string, text: string, mode = 0o600): string {
    const path = join(home, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }

  describe('defaults', () => {
    it('are those of psql, and ten seconds to connect', () => {
      const { username } = userInfo();
      const settings = read('postgresql://localhost');
      expect(settings).to.deep.include({
        user: username,
        database: username,
        connectTimeoutMs: 10_000,
        keepAlive: true,
      });
      expect(settings).to.deep.include({ targetSession: 'any', applicationName: 'sunschool-db', warnings: [] });
      expect(settings.hosts).to.deep.equal([{ host: 'localhost', address: undefined, port: 5432 }]);
      expect(settings.tls.mode).to.equal('prefer');
    });

    it('take the environment where the URL says nothing', () => {
      const env = {
        PGHOST: 'db.example.org',
        PGPORT: '5433',
        PGUSER: 'ada',
        PGPASSWORD: 'secret',
        PGDATABASE: 'school',
        PGAPPNAME: 'deploy',
        PGOPTIONS: '-cwork_mem=1MB',
        PGCONNECT_TIMEOUT: '3',
        PGSSLMODE: 'disable',
        PGTARGETSESSIONATTRS: 'primary',
      };
      const settings = read('postgresql://', env);
      const host = { host: 'db.example.org', address: undefined, port: 5433 };
      expect(settings.hosts).to.deep.equal([{ ...host, password: 'secret', passwordFrom: 'PGPASSWORD' }]);
      expect(settings).to.deep.include({ user: 'ada', database: 'school', applicationName: 'deploy' });
      expect(settings).to.deep.include({ serverOptions: '-cwork_mem=1MB', connectTimeoutMs: 3000 });
      expect(settings).to.deep.include({ targetSession: 'primary' });
      expect(settings.tls.mode).to.equal('disable');
    });

    it('give way to the URL, and an empty variable is no value', () => {
      const env = { PGUSER: 'bob', PGDATABASE: 'other', PGPORT: '', PGSSLMODE: '', PGPASSWORD: '' };
      const settings = read('postgresql://ada@h/db', env);
      expect(settings).to.deep.include({ user: 'ada', database: 'db' });
      expect(settings.hosts[0]).to.deep.equal({ host: 'h', address: undefined, port: 5432 });
    });

    it('name the database after the user, wherever the user comes from', () => {
      expect(read('postgresql://ada@h').database).to.equal('ada');
      expect(read('postgresql://h', { PGUSER: 'bob' }).database).to.equal('bob');
    });

    it('wait for ever only when told to', () => {
      expect(read('postgresql://h?connect_timeout=0').connectTimeoutMs).to.equal(0);
      expect(read('postgresql://h?connect_timeout=-1').connectTimeoutMs).to.equal(0);
    });
  });

  describe('several hosts', () => {
    const hosts = (url: string, env?: Env) =>
      read(url, env).hosts.map(({ host, port, address }) => [host, port, address]);

    it('share one port or have one each', () => {
      expect(hosts('postgresql://a,b/db')).to.deep.equal([
        ['a', 5432, undefined],
        ['b', 5432, undefined],
      ]);
      expect(hosts('postgresql://a:1,b:2/db').map(([, port]) => port)).to.deep.equal([1, 2]);
      expect(hosts('host=a,b port=7').map(([, port]) => port)).to.deep.equal([7, 7]);
      expect(refusal('host=a,b port=7,8,9')).to.include('expected one port, or as many as there are hosts (2)');
    });

    it('may have addresses that need no look-up', () => {
      expect(hosts('host=a,b hostaddr=10.0.0.1,::1')).to.deep.equal([
        ['a', 5432, '10.0.0.1'],
        ['b', 5432, '::1'],
      ]);
      expect(hosts('hostaddr=10.0.0.1')).to.deep.equal([['10.0.0.1', 5432, '10.0.0.1']]);
      expect(refusal('host=a hostaddr=10.0.0.1,10.0.0.2')).to.include('as many hosts as there are in hostaddr (2)');
      expect(refusal('hostaddr=example.org')).to.include('expected an IP address');
    });
  });

  describe('the password file', () => {
    const lines = [
      '# localhost:5432:school:ada:commented',
      'localhost:5432:school:ada:first',
      'localhost:*:*:bob:a\\:b\\\\c:comment',
      '\\*:5432:school:eve:literal',
      '::1:5432:school:ada:wrong',
      '\\:\\:1:5432:school:ada:six',
      '*:*:*:*:any',
    ].join('\n');

    for (const [host, port, database, user, password] of [
      ['localhost', 5432, 'school', 'ada', 'first'],
      ['localhost', 5433, 'school', 'ada', 'any'],
      ['localhost', 5433, 'other', 'bob', 'a:b\\c'],
      ['h', 5432, 'school', 'eve', 'any'],
      ['*', 5432, 'school', 'eve', 'literal'],
      ['::1', 5432, 'school', 'ada', 'six'],
    ] as const) {
      it(`has "${password}" for ${user} in ${database} on ${host}:${port}`, () => {
        expect(findPassword(lines, { host, port, database, user })).to.equal(password);
      });
    }

    it('has nothing where no line matches, or a line is cut short', () => {
      const key = { host: 'h', port: 5432, database: 'db', user: 'ada' };
      expect(findPassword('x:5432:db:ada:secret\n*:*:*:ada', key)).to.equal(undefined);
    });

    it('counts only where no password is given, for the host that is meant', () => {
      const PGPASSFILE = write('pgpass', 'h1:*:*:*:one\nlocalhost:*:*:*:here\n');
      const passwords = (url: string, env: Env = {}) =>
        read(url, { PGPASSFILE, ...env }).hosts.map(host => host.password);
      expect(passwords('postgresql://h1,h2/db')).to.deep.equal(['one', undefined]);
      expect(passwords('postgresql://:given@h1/db')).to.deep.equal(['given']);
      expect(passwords('postgresql://h1/db', { PGPASSWORD: 'env' })).to.deep.equal(['env']);
      expect(passwords('postgresql:///db?host=/var/run/postgresql')).to.deep.equal(['here']);
      expect(read('postgresql://h1/db', { PGPASSFILE }).hosts[0]?.passwordFrom).to.equal(PGPASSFILE);
      expect(read(`postgresql://h1/db?passfile=${PGPASSFILE}`).hosts[0]?.password).to.equal('one');
    });

    it('is ~/.pgpass, and left alone with one warning when others may read it', () => {
      write('.pgpass', '*:*:*:*:secret', 0o640);
      const { hosts, warnings } = read('postgresql://h1,h2/db');
      expect(hosts.map(({ password }) => password)).to.deep.equal([undefined, undefined]);
      expect(warnings).to.deep.equal([
        `the password file "${home}/.pgpass" can be read by others and is not used; type: chmod 600 "${home}/.pgpass"`,
      ]);
      chmodSync(join(home, '.pgpass'), 0o600);
      expect(read('postgresql://h1/db').hosts[0]?.password).to.equal('secret');
      rmSync(join(home, '.pgpass'));
    });
  });

  describe('a service', () => {
    it('fills what the URL leaves open, before the environment does', () => {
      const PGSERVICEFILE = write(
        'services.conf',
        '[other]\nhost=wrong\n[school]\n# ours\nhost=db\n user=ada\nport=7\n\n[x]\n',
      );
      const env = { PGSERVICEFILE, PGSERVICE: 'school', PGUSER: 'bob', PGDATABASE: 'fromenv' };
      const settings = read('postgresql://:8/', env);
      expect(settings).to.deep.include({ user: 'ada', database: 'fromenv' });
      expect(settings.hosts[0]).to.deep.include({ host: 'db', port: 8 });
      expect(read('service=other', { PGSERVICEFILE }).hosts[0]?.host).to.equal('wrong');
    });

    it('must exist and make sense, and its lines are not shown', () => {
      const PGSERVICEFILE = write('bad.conf', '[bad]\npassword secret\nhost=h\n');
      expect(refusal('postgresql://h?service=none', { PGSERVICEFILE })).to.include(
        `a section [none] in ${PGSERVICEFILE}`,
      );
      const text = refusal('postgresql://h', { PGSERVICEFILE, PGSERVICE: 'bad' });
      expect(text).to.include(`${PGSERVICEFILE}, line 2 is no parameter=value`).and.not.include('secret');
    });
  });

  describe('bad values', () => {
    it('are reported all at once, by name, with what came and what was expected', () => {
      const url = 'postgresql://ada:geheim@h:99999/db?sslmode=on&connect_timeout=soon&target_session_attrs=rw&foo=1';
      const text = refusal(url, { PGSSLMINPROTOCOLVERSION: 'SSLv3', PGREQUIREAUTH: 'md5' });
      expect(text.split('\n').slice(0, 9)).to.deep.equal([
        '7 wrong settings',
        '',
        '  What happens   "foo" in DATABASE_URL is no parameter that psql knows; expected one of docs/connecting.md.',
        '                 PGREQUIREAUTH is "md5"; expected no require_auth: the driver cannot promise it; sslmode=verify-full makes sure of the server.',
        '                 port in DATABASE_URL is "99999"; expected a number from 1 to 65535.',
        '                 sslmode in DATABASE_URL is "on"; expected disable, allow, prefer, require, verify-ca or verify-full.',
        '                 PGSSLMINPROTOCOLVERSION is "SSLv3"; expected TLSv1, TLSv1.1, TLSv1.2, TLSv1.3.',
        '                 connect_timeout in DATABASE_URL is "soon"; expected a whole number.',
        '                 target_session_attrs in DATABASE_URL is "rw"; expected any, read-write, read-only, primary, standby or prefer-standby.',
      ]);
      expect(text).not.to.include('geheim');
    });

    it('of a port are not shown where they may be a password', () => {
      expect(refusal('postgresql://ada:geheim/db'))
        .to.include('(user:password come before an "@")')
        .and.not.include('geheim');
      expect(refusal('postgresql://h', { PGPORT: '0' })).to.include('PGPORT is "0"; expected a number from 1 to 65535');
    });

    it('with control characters are escaped, and no place for them but a password', () => {
      expect(refusal('postgresql://h%1B[2J/db')).to.include('"h\\u001b[2J"; expected no control characters');
      expect(read('postgresql://u:a%0Ab@h/db').hosts[0]?.password).to.equal('a\nb');
    });

    it('that ask for what the driver cannot keep are refused, those that ask for nothing are not', () => {
      expect(refusal('postgresql://h?gssencmode=require')).to.include('the driver has no GSSAPI');
      expect(refusal('postgresql://h?client_encoding=latin1')).to.include('expected UTF8');
      read('postgresql://h?gssencmode=disable&client_encoding=UTF8&keepalives_count=3&sslcompression=0');
    });
  });

  describe('sslmode', () => {
    const certificates = join(import.meta.dirname, 'tls');

    it('verify-ca and verify-full need a root certificate', () => {
      expect(refusal('postgresql://h?sslmode=verify-full')).to.include(
        `"${home}/.postgresql/root.crt", which does not exist`,
      );
      const { tls } = read(`postgresql://h?sslmode=verify-full&sslrootcert=${certificates}/ca.crt`);
      expect(tls.authorities?.join()).to.include('BEGIN CERTIFICATE');
    });

    it('require checks nothing, unless there is a root certificate', () => {
      expect(read('postgresql://h?sslmode=require').tls.authorities).to.equal(undefined);
      const { tls, warnings } = read(`postgresql://h?sslmode=require&sslrootcert=${home}/none.crt`);
      expect(tls.authorities).to.equal(undefined);
      expect(warnings.join()).to.include("which does not exist: the server's certificate is not checked");
      mkdirSync(join(home, '.postgresql'));
      write('.postgresql/root.crt', '-----BEGIN CERTIFICATE-----');
      expect(read('postgresql://h?sslmode=require').tls.authorities).to.have.lengthOf(1);
      rmSync(join(home, '.postgresql'), { recursive: true });
    });

    it('is verify-full with sslrootcert=system, and nothing weaker', () => {
      const { tls } = read('postgresql://h?sslrootcert=system');
      expect(tls.mode).to.equal('verify-full');
      expect(tls.authorities).not.to.have.lengthOf(0);
      expect(refusal('postgresql://h?sslrootcert=system&sslmode=require')).to.include('expected verify-full');
    });

    it('does not matter over a unix socket', () => {
      expect(read('postgresql:///db?host=/tmp&sslmode=verify-full').tls.authorities).to.equal(undefined);
    });

    it('comes with a client certificate whose key is private and its own', () => {
      const key = write('client.key', 'no key', 0o600);
      const query = `sslmode=require&sslcert=${certificates}/client.crt&sslkey=${key}`;
      expect(refusal(`postgresql://h?${query}`)).to.include(`"${key}", which is not usable: `);
      chmodSync(key, 0o644);
      expect(refusal(`postgresql://h?${query}`)).to.include(`chmod 600 "${key}"`);
      rmSync(key);
      expect(refusal(`postgresql://h?${query}`)).to.include(`"${key}", which does not exist`);
    });

    it('direct negotiation needs require at least', () => {
      expect(refusal('postgresql://h?sslnegotiation=direct')).to.include('expected sslmode=require or stronger');
      expect(read('postgresql://h?sslnegotiation=direct&sslmode=require').tls.direct).to.equal(true);
    });
  });

  describe('without DATABASE_URL', () => {
    for (const url of [undefined, '', '  ']) {
      it(`(${JSON.stringify(url)}) the embedded server is used`, () => {
        expect(readConnectionSettings({ HOME: home, DATABASE_URL: url, PGHOST: 'elsewhere' })).to.equal(undefined);
      });
    }

    for (const variable of ['NODE_ENV', 'DYNO', 'RENDER', 'FLY_APP_NAME', 'KUBERNETES_SERVICE_HOST', 'K_SERVICE']) {
      it(`${variable} makes that an error`, () => {
        const text = refusal('', { [variable]: 'production' });
        expect(text).to.include('DATABASE_URL is not set').and.include(variable);
      });
    }

    it('an empty marker is none', () => {
      expect(readConnectionSettings({ HOME: home, DYNO: '', NODE_ENV: 'test' })).to.equal(undefined);
    });
  });

  it('are read from each example of docs/connecting.md', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/connecting.md'), 'utf8');
    const examples = [...page.matchAll(/^\| `(postgresql:[^`]*|host=[^`]*)`/gm)].map(([, text = '']) => text);
    expect(examples).to.have.lengthOf.above(5);
    for (const example of examples) {
      expect(read(example).database, example).to.equal('school');
    }
  });

  it('leave no room for the variables of MikroORM, which would win over them unchecked', () => {
    const text = refusal('postgresql://h', { MIKRO_ORM_HOST: 'x', MIKRO_ORM_PASSWORD: 'geheim' });
    expect(text).to.include('2 wrong settings').and.include('MIKRO_ORM_PASSWORD').and.not.include('geheim');
  });
});

describe('a local server', () => {
  for (const host of [
    'localhost',
    'LOCALHOST',
    'localhost.',
    'db.localhost',
    '127.0.0.1',
    '127.8.9.1',
    '::1',
    '/tmp',
  ]) {
    it(`is ${host}`, () => expect(isLocalServer({ host })).to.equal(true));
  }

  for (const host of ['example.org', '10.0.0.1', '127.example.org', 'localhost.example.org', '::', '1270.0.1', '']) {
    it(`is not ${JSON.stringify(host)}`, () => expect(isLocalServer({ host })).to.equal(false));
  }
});
