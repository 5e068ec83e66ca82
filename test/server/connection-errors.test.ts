import { expect } from 'chai';
import { ServerError } from '../../src/errors.ts';
import { explainConnectionError } from '../../src/server/connection/errors.ts';

const target = { host: 'db.example.org', port: 5432, user: 'ada', dbName: 'school', connectTimeoutMs: 10_000 };

function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}

function postgresError(code: string, message = '', routine?: string): Error {
  return Object.assign(new Error(message), { code, severity: 'FATAL', routine });
}

function wrapped(cause: Error): Error {
  return new Error('insert failed', { cause });
}

/** Failures that no test can bring about on purpose; connection-check.test.ts has the others. */
const explained: [what: string, error: Error, happens: string][] = [
  ['a refused address', systemError('ECONNREFUSED', 'connect'), 'Nothing accepts connections on db.example.org:5432.'],
  [
    'every address of a name refused',
    Object.assign(new AggregateError([systemError('ECONNREFUSED', 'connect')]), { code: 'ECONNREFUSED' }),
    'Nothing accepts connections on db.example.org:5432.',
  ],
  [
    'no answer on the network',
    systemError('ETIMEDOUT', 'connect'),
    'There was no answer from db.example.org:5432 within 10 s.',
  ],
  [
    'no answer that pg waits for',
    new Error('timeout expired'),
    'There was no answer from db.example.org:5432 within 10 s.',
  ],
  [
    'no answer that the pool waits for',
    new Error('Connection terminated due to connection timeout'),
    'There was no answer from db.example.org:5432 within 10 s.',
  ],
  [
    'an unknown name',
    systemError('ENOTFOUND', 'getaddrinfo'),
    'There is no address for the host name "db.example.org".',
  ],
  [
    'no name server',
    systemError('EAI_AGAIN', 'getaddrinfo'),
    'No name server answers for the host name "db.example.org".',
  ],
  [
    'no way',
    systemError('EHOSTUNREACH', 'connect'),
    'There is no way to db.example.org:5432 from this machine (EHOSTUNREACH).',
  ],
  [
    'a forbidden socket',
    systemError('EACCES', 'connect'),
    'The operating system does not let us use db.example.org:5432.',
  ],
  [
    'a broken connection',
    systemError('ECONNRESET', 'read'),
    'What listens on db.example.org:5432 hung up, or does not answer as PostgreSQL does.',
  ],
  [
    'an error within an error of the ORM',
    wrapped(wrapped(systemError('ECONNREFUSED', 'connect'))),
    'Nothing accepts connections on db.example.org:5432.',
  ],
  [
    'a server that starts',
    postgresError('57P03', 'the database system is starting up'),
    'The server is starting up, shutting down or recovering, and lets nobody in yet.',
  ],
  [
    'a server that stops',
    wrapped(postgresError('57P01', 'terminating connection due to administrator command')),
    'The server ended the connection: it is shutting down, or somebody ended our session.',
  ],
  [
    'a pooler',
    postgresError('08P01', 'unsupported startup parameter: options'),
    'The server, or a pooler in front of it, does not accept the connection.',
  ],
  [
    'peer authentication',
    postgresError('28000', 'Peer authentication failed for user "ada"', 'auth_failed'),
    `The server does not let this operating system's user in as "ada".`,
  ],
  [
    'a proxy that does not know the password',
    new Error('SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature does not match'),
    'The server and pg do not agree on how to prove the password (SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature does not match).',
  ],
  [
    'a certificate that has expired',
    systemError('CERT_HAS_EXPIRED', ''),
    'The certificate of the server has expired (sslmode=require).',
  ],
  [
    'a server that wants our certificate',
    Object.assign(new Error('write EPROTO'), {
      code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      reason: 'certificate required',
    }),
    'TLS with the server did not come about: certificate required (sslmode=require).',
  ],
];

/** Errors of a program that has nothing to do with connecting. */
const others: [what: string, error: unknown][] = [
  ['a missing file', systemError('ENOENT', 'open')],
  ['a closed pipe', systemError('EPIPE', 'write')],
  ['a unique violation', postgresError('23505', 'duplicate key value', '_bt_check_unique')],
  ['a missing right', postgresError('42501', 'permission denied for table users', 'aclcheck_error')],
  ['a lock timeout', wrapped(postgresError('55P03', 'canceling statement due to lock timeout'))],
  ['an object that is in another state', postgresError('55000', 'currval is not yet defined', 'currval_oid')],
  ['something thrown', 'no error'],
];

describe('explainConnectionError', () => {
  for (const [what, error, happens] of explained) {
    it(`explains ${what}`, () => {
      const explanation = explainConnectionError(error, target);
      expect(explanation).to.be.instanceOf(ServerError);
      expect(explanation?.explanation).to.deep.include({
        title: 'Cannot connect to the database "school" on db.example.org:5432 as "ada"',
        happens,
      });
      expect(explanation?.explanation.remedy).not.to.have.lengthOf(0);
    });
  }

  for (const [what, error] of others) {
    it(`says nothing about ${what}`, () => {
      expect(explainConnectionError(error, target)).to.equal(undefined);
    });
  }

  it('keeps the error of PostgreSQL as its cause, without those around it', () => {
    const cause = postgresError('3D000', 'database "school" does not exist');
    expect(explainConnectionError(wrapped(cause), target)?.cause).to.equal(cause);
  });

  it('quotes what a shell would take apart', () => {
    const odd = { ...target, host: '/tmp/a b', port: 5433, dbName: "o'clock" };
    expect(explainConnectionError(postgresError('3D000'), odd)?.explanation.remedy).to.equal(
      `Type: createdb 'o'\\''clock' -h '/tmp/a b' -p 5433 -U ada`,
    );
  });
});
