import { expect } from 'chai';
import { readConnectionString } from '../../src/server/connection/string.ts';

/** What libpq's PQconninfoParse gives for the same text: each row was compared with it (libpq 15). */
const read: [text: string, parameters: Record<string, string>][] = [
  ['postgresql://', {}],
  ['postgres://', {}],
  ['postgresql:///', {}],
  ['postgresql://localhost', { host: 'localhost' }],
  ['postgresql://localhost/sunschool_test', { host: 'localhost', dbname: 'sunschool_test' }],
  ['postgresql://localhost:5433', { host: 'localhost', port: '5433' }],
  ['postgresql:///mydb', { dbname: 'mydb' }],
  ['postgresql://ada@localhost', { user: 'ada', host: 'localhost' }],
  ['postgresql://ada:secret@localhost', { user: 'ada', password: 'secret', host: 'localhost' }],
  ['postgresql://ada:@h/db', { user: 'ada', host: 'h', dbname: 'db' }],
  ['postgresql://:@h/', { host: 'h' }],
  ['postgresql://:secret@h', { password: 'secret', host: 'h' }],
  ['postgresql://ada:a:b@h', { user: 'ada', password: 'a:b', host: 'h' }],
  ['postgresql://ada:p?x=y@host/db', { user: 'ada', password: 'p?x=y', host: 'host', dbname: 'db' }],
  ['postgresql://u%40x:p%3A%40%2F@h/d%C3%A9', { user: 'u@x', password: 'p:@/', host: 'h', dbname: 'dé' }],
  ['postgresql://h:/db', { host: 'h', dbname: 'db' }],
  ['postgresql://h#x/db', { host: 'h#x', dbname: 'db' }],
  ['postgresql://h/a/b', { host: 'h', dbname: 'a/b' }],
  ['postgresql://h/db?', { host: 'h', dbname: 'db' }],
  ['postgresql://h?port=1', { host: 'h', port: '1' }],
  ['postgresql://h/db?port=1&port=2&', { host: 'h', dbname: 'db', port: '2' }],
  ['postgresql://h:5/db?host=other&dbname=x&user=a@b', { host: 'other', port: '5', dbname: 'x', user: 'a@b' }],
  ['postgresql://h/db?host=', { host: '', dbname: 'db' }],
  ['postgresql://h/db?ssl=true', { host: 'h', dbname: 'db', sslmode: 'require' }],
  ['postgresql://h/db?requiressl=1', { host: 'h', dbname: 'db', sslmode: 'require' }],
  ['postgresql://h/db?requiressl=0', { host: 'h', dbname: 'db', sslmode: 'prefer' }],
  ['postgresql://h/db?%73slmode=require', { host: 'h', dbname: 'db', sslmode: 'require' }],
  [
    'postgresql://h/db?options=-csearch_path%3Dschool%20-cwork_mem%3D1MB',
    { host: 'h', dbname: 'db', options: '-csearch_path=school -cwork_mem=1MB' },
  ],
  ['postgresql://[2001:db8::1234]/db', { host: '2001:db8::1234', dbname: 'db' }],
  ['postgresql://[fe80::1%25eth0]:5/db', { host: 'fe80::1%eth0', port: '5', dbname: 'db' }],
  ['postgresql://%2Fvar%2Frun%2Fpostgresql/db', { host: '/var/run/postgresql', dbname: 'db' }],
  ['postgresql:///db?host=/tmp&port=5433', { host: '/tmp', port: '5433', dbname: 'db' }],
  ['postgresql://h1:123,h2:456/db', { host: 'h1,h2', port: '123,456', dbname: 'db' }],
  ['postgresql://h1,[::1]:5433/db', { host: 'h1,::1', port: ',5433', dbname: 'db' }],
  ['host=localhost dbname=x', { host: 'localhost', dbname: 'x' }],
  [" host = localhost  password='a b\\'c\\\\d' ", { host: 'localhost', password: "a b'c\\d" }],
  ["user=a\\ b dbname=''", { user: 'a b', dbname: '' }],
  ['password=a=b', { password: 'a=b' }],
];

/** What libpq refuses too, and where we are stricter: a raw "@" or space, characters that control a terminal. */
const refused: [text: string, problems: string[]][] = [
  ['postgresql://[::1', ['host in DATABASE_URL is not an address between brackets']],
  ['postgresql://[]/db', ['host in DATABASE_URL is a pair of empty brackets']],
  ['postgresql://[::1]z', ['host in DATABASE_URL is not an address between brackets']],
  ['postgresql://h/db?foo=bar', ['"foo" in DATABASE_URL is no parameter that psql knows']],
  ['postgresql://h/db?sslmode', ['sslmode in DATABASE_URL is written without "="']],
  ['postgresql://h/db?sslmode=a=b', ['sslmode in DATABASE_URL is written with more than one "="']],
  ['postgresql://h/db?&', ['a parameter in DATABASE_URL is written without "="']],
  ['postgresql://h/d%00b', ['dbname in DATABASE_URL is written with %00']],
  ['postgresql://h/d%E9', ['dbname in DATABASE_URL is percent-encoded in another way than UTF-8']],
  ['postgresql://h/my db', ['dbname in DATABASE_URL is written with a space']],
  ['postgresql://h/db\n', ['DATABASE_URL is a text that ends in a line break']],
  ['postgresql://h/\u0000db', ['DATABASE_URL is a text with control characters']],
  ['POSTGRESQL://h/db', ['DATABASE_URL is an address that begins with "POSTGRESQL://"']],
  ['mysql://u:p@h/db?x=y', ['DATABASE_URL is an address that begins with "mysql://"']],
  ['jdbc:postgresql://h/db?user=u', ['DATABASE_URL is an address that begins with "jdbc:postgresql://"']],
  ['"postgresql://h/db"', ['DATABASE_URL is an address that begins with "postgresql://"']],
  ['sunschool_test', ['DATABASE_URL is something else than a connection URL']],
  ['host=localhost db', ['DATABASE_URL is a text with a word that no "=" follows']],
  ["host='localhost", ['DATABASE_URL is a text with an open single quote']],
  [
    'postgresql://u:100%@h%zz/db?schema=public&foo=1',
    [
      'password in DATABASE_URL is written with a "%" that no two hexadecimal digits follow',
      'host in DATABASE_URL is written with a "%" that no two hexadecimal digits follow',
      '"schema" in DATABASE_URL is no parameter that psql knows',
      '"foo" in DATABASE_URL is no parameter that psql knows',
    ],
  ],
];

/** The password is `top/sec@ret?word=5`, `top sec%zret` or the like, and whoever wrote these forgot to encode it. */
const unencoded = [
  'postgresql://ada:top/sec@h/db',
  'postgresql://ada:top@sec@h/db',
  'postgresql://ada:top@sec:ret@h/db',
  'postgresql://ada:top@sec/ret@h/db',
  'postgresql://ada:top@sec?ret=5@h/db',
  'postgresql://ada:top@sec?ret@h/db',
  'postgresql://ada:top sec@h/db',
  'postgresql://ada:top%sec@h/db',
  'postgresql://h/db?password=top%sec',
  'postgresql://h/db?password=top=sec',
  'postgresql://h?password=top@sec',
  'postgresql://ada:top\nsec@h/db',
  "host=h password='top sec",
  'host=h password=top sec=ret dbname=db',
  'host=h password=top sec',
  'mysql://ada:topsec@h/db',
];

describe('DATABASE_URL', () => {
  for (const [text, parameters] of read) {
    it(`reads ${text} as libpq does`, () => {
      const { values, problems } = readConnectionString(text, 'DATABASE_URL');
      expect(problems).to.deep.equal([]);
      expect(Object.fromEntries(values)).to.deep.equal(parameters);
    });
  }

  for (const [text, expected] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      const { problems } = readConnectionString(text, 'DATABASE_URL');
      expect(problems.map(({ name, came }) => `${name} is ${came}`)).to.deep.equal(expected);
    });
  }

  for (const text of unencoded) {
    it(`shows nothing of the password in ${JSON.stringify(text)}`, () => {
      const { problems } = readConnectionString(text, 'DATABASE_URL');
      expect(problems).not.to.deep.equal([]);
      expect(JSON.stringify(problems)).not.to.match(/top|sec|ret/);
    });
  }

  it('says what to write instead of a parameter of another library', () => {
    const { problems } = readConnectionString('postgresql://h/db?schema=school&sslMode=require&pgbouncer=true', 'URL');
    expect(problems.map(({ expected }) => expected)).to.deep.equal([
      'options=-csearch_path%3Dname, or the schema in mikro-orm.config.ts',
      'sslmode',
      'nothing in its place, but the URL that leads to PostgreSQL itself: migrations need a session of their own',
    ]);
  });

  it('conceals a port that may be a password, and no other', () => {
    expect(readConnectionString('postgresql://ada:secret/db', 'URL').concealed.has('port')).to.equal(true);
    expect(readConnectionString('postgresql://ada@h:5x/db', 'URL').concealed.has('port')).to.equal(false);
    expect(readConnectionString('postgresql://h/db?port=5x', 'URL').concealed.has('port')).to.equal(false);
  });
});
