/**
 * The parameters of libpq: which environment variable stands in for each, and what becomes of it here. Names, variables and
 * defaults: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS and
 * https://www.postgresql.org/docs/current/libpq-envars.html
 */

export interface ConnectionParameter {
  readonly variable?: string;
  /**
   * `read` has its effect. `idle` is accepted and can make no difference to this driver. `refused` asks for something that
   * the driver cannot keep, so going on without it would break a promise; `unless` is the value that asks for nothing.
   */
  readonly use: 'read' | 'idle' | 'refused';
  readonly unless?: readonly string[];
  readonly instead?: string;
}

const read = (variable?: string): ConnectionParameter => ({ use: 'read', variable });
const idle = (variable?: string): ConnectionParameter => ({ use: 'idle', variable });
const refused = (options: Omit<ConnectionParameter, 'use'>): ConnectionParameter => ({ use: 'refused', ...options });

export const connectionParameters: Readonly<Record<string, ConnectionParameter>> = {
  host: read('PGHOST'),
  hostaddr: read('PGHOSTADDR'),
  port: read('PGPORT'),
  dbname: read('PGDATABASE'),
  user: read('PGUSER'),
  password: read('PGPASSWORD'),
  passfile: read('PGPASSFILE'),
  service: read('PGSERVICE'),
  servicefile: read('PGSERVICEFILE'),
  connect_timeout: read('PGCONNECT_TIMEOUT'),
  application_name: read('PGAPPNAME'),
  fallback_application_name: read(),
  options: read('PGOPTIONS'),
  target_session_attrs: read('PGTARGETSESSIONATTRS'),
  channel_binding: read('PGCHANNELBINDING'),
  keepalives: read(),
  keepalives_idle: read(),
  sslmode: read('PGSSLMODE'),
  sslnegotiation: read('PGSSLNEGOTIATION'),
  sslrootcert: read('PGSSLROOTCERT'),
  sslcert: read('PGSSLCERT'),
  sslkey: read('PGSSLKEY'),
  sslpassword: read(),
  sslcrl: read('PGSSLCRL'),
  ssl_min_protocol_version: read('PGSSLMINPROTOCOLVERSION'),
  ssl_max_protocol_version: read('PGSSLMAXPROTOCOLVERSION'),
  keepalives_interval: idle(),
  keepalives_count: idle(),
  tcp_user_timeout: idle(),
  load_balance_hosts: idle('PGLOADBALANCEHOSTS'),
  sslcompression: idle('PGSSLCOMPRESSION'),
  sslsni: idle('PGSSLSNI'),
  krbsrvname: idle('PGKRBSRVNAME'),
  gsslib: idle('PGGSSLIB'),
  gssdelegation: idle('PGGSSDELEGATION'),
  min_protocol_version: idle('PGMINPROTOCOLVERSION'),
  max_protocol_version: idle('PGMAXPROTOCOLVERSION'),
  client_encoding: refused({
    variable: 'PGCLIENTENCODING',
    unless: ['auto', 'utf8', 'utf-8', 'unicode'],
    instead: 'UTF8, which is all that the driver speaks',
  }),
  gssencmode: refused({
    variable: 'PGGSSENCMODE',
    unless: ['disable', 'prefer'],
    instead: 'disable or prefer: the driver has no GSSAPI',
  }),
  sslcertmode: refused({
    variable: 'PGSSLCERTMODE',
    unless: ['allow'],
    instead: 'allow, or no sslcertmode: the driver shows a certificate whenever one is set',
  }),
  require_auth: refused({
    variable: 'PGREQUIREAUTH',
    instead: 'no require_auth: the driver cannot promise it; sslmode=verify-full makes sure of the server',
  }),
  requirepeer: refused({
    variable: 'PGREQUIREPEER',
    instead: 'no requirepeer: the driver cannot see who owns a socket',
  }),
  sslcrldir: refused({ variable: 'PGSSLCRLDIR', instead: 'one file, named with sslcrl' }),
  sslkeylogfile: refused({ instead: 'no sslkeylogfile: node has --tls-keylog=file for that' }),
  replication: refused({
    unless: ['false', 'off', 'no', '0'],
    instead: 'no replication: migrations need an ordinary connection',
  }),
};

/** Parameters that other programs put into a URL and that libpq, as we do, takes for a mistake; and what to do instead. */
export const foreignParameters: Readonly<Record<string, string>> = {
  schema: 'options=-csearch_path%3Dname, or the schema in mikro-orm.config.ts',
  search_path: 'options=-csearch_path%3Dname',
  currentSchema: 'options=-csearch_path%3Dname',
  pgbouncer:
    'nothing in its place, but the URL that leads to PostgreSQL itself: migrations need a session of their own',
  pool_mode:
    'nothing in its place, but the URL that leads to PostgreSQL itself: migrations need a session of their own',
  connection_limit: 'the size of the pool in mikro-orm.config.ts (pool)',
  max: 'the size of the pool in mikro-orm.config.ts (pool)',
  pool_timeout: 'connect_timeout, in seconds',
  socket_timeout: 'options=-cstatement_timeout%3D60s',
  statement_timeout: 'options=-cstatement_timeout%3D60s',
  lock_timeout: 'options=-clock_timeout%3D5s',
  sslaccept: 'sslmode=require (accept_invalid_certs) or sslmode=verify-full (strict)',
  sslidentity: 'sslcert and sslkey, two PEM files',
  sslfactory: 'sslmode=require or sslmode=verify-full',
  ssl: 'sslmode=disable, prefer, require, verify-ca or verify-full (and of ssl=, ssl=true alone)',
  uselibpqcompat: 'nothing in its place: sslmode always means what it means to psql',
  database: 'dbname',
  username: 'user',
  encoding: 'client_encoding=utf8',
};

/** The nearest name of a known parameter, written in another way: `sslMode`, `ssl-mode`. */
export function similarParameter(name: string): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  const wanted = plain(name);
  return Object.keys(connectionParameters).find(known => plain(known) === wanted);
}
