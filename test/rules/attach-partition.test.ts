import { expect } from 'chai';
import type pg from 'pg';
import { readFacts } from '../../src/catalog/read-facts.ts';
import { LOCK_MODES, type LockMode } from '../../src/plan/plan.ts';
import { withClient, withDatabase } from '../support/database.ts';
import { judgeSql } from './facts.ts';

const SCHEMA = `
  create table lessons (id int primary key);
  create table events (id int, at date not null, lesson_id int constraint of_lesson references lessons on delete cascade, primary key (id, at))
    partition by range (at);
  create index events_lesson on events (lesson_id desc) where id > 0;
  create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
  create table events_other partition of events default;
  create table replies (event_id int, event_at date, constraint to_event foreign key (event_id, event_at) references events);
  create table events_2026 (id int not null, at date not null, lesson_id int);
  insert into lessons values (1);
  insert into events values (1, '2025-05-05', 1), (2, '2030-01-01', 1);
  insert into events_2026 select n, '2026-02-02', 1 from generate_series(1, 100) n;
`;

const ATTACH = `alter table events attach partition events_2026 for values from ('2026-01-01') to ('2027-01-01')`;
const BOUNDS = `at >= '2026-01-01' and at < '2027-01-01'`;

/** What PostgreSQL says of each part of its work that takes as long as the table is large. */
const READS = /^(?:verifying table|building index|validating foreign key|rewriting table)/;

describe('attaching and detaching a partition', () => {
  for (const major of [undefined, 15] as const) {
    it(`reads and builds nothing once the rule lets it through: PostgreSQL ${major ?? 18}`, () =>
      withDatabase(
        ({ url }) =>
          withClient(url, async client => {
            await client.query(SCHEMA);
            // not the key that is wanted: it keeps the rows
            await client.query(
              'alter table events_2026 add constraint other foreign key (lesson_id) references lessons',
            );
            for (let turns = 0; ; turns++) {
              const facts = await readFacts(client, { tables: ['events', 'events_2026'] });
              const verdict = await judgeSql(ATTACH, { facts });
              if (verdict.kind !== 'refuse') {
                expect(turns, 'refusals').to.equal(1);
                break;
              }
              expect(verdict.rule).to.equal('partition');
              expect((await trace(client, ATTACH)).said.filter(line => READS.test(line))).not.to.deep.equal([]);
              for (const statement of verdict.remedy.slice(0, -1)) {
                await client.query(completed(statement));
              }
            }
            await expectHarmless(client, ATTACH);
            await client.query(ATTACH);

            const detach = 'alter table events detach partition events_2025';
            const refused = await judgeSql(detach, { facts: await readFacts(client) });
            expect(refused.kind === 'refuse' && refused.remedy[0]).to.include('"replies"."to_event"');
            await client.query('alter table replies drop constraint to_event');
            await expectHarmless(client, detach);
            const impossible = `${detach} concurrently`;
            const facts = await readFacts(client);
            expect(await judgeSql(impossible, { facts })).to.include({ kind: 'refuse', rule: 'partition' });
            expect(await client.query(impossible).catch(error => error.message)).to.include('default partition');
          }),
        { major },
      ));
  }
});

/** The message leaves to its reader what the columns and the bounds are, and what the checks are called. */
function completed(statement: string): string {
  const check = statement.includes('"events_other"') ? 'no_2026' : 'in_2026';
  return statement
    .replace('constraint …', `constraint ${check}`)
    .replace('the column is not null and within the bounds', BOUNDS);
}

/** The rule lets it through; PostgreSQL reads nothing, and takes the locks that the rule claims. */
async function expectHarmless(client: pg.Client, sql: string): Promise<void> {
  const verdict = await judgeSql(sql, { facts: await readFacts(client) });
  expect(verdict, JSON.stringify(verdict)).to.include({ kind: 'online', rule: 'partition' });
  const { said, locks } = await trace(client, sql);
  expect(said.filter(line => READS.test(line))).to.deep.equal([]);
  const claimed = verdict.kind === 'online' ? verdict.steps[0].locks : [];
  expect(Object.fromEntries(claimed.map(({ table, mode }) => [table, mode]))).to.deep.equal(locks);
}

/** What it says and locks, the strongest lock of each table; then it is taken back. */
async function trace(client: pg.Client, sql: string): Promise<{ said: string[]; locks: Record<string, LockMode> }> {
  const said: string[] = [];
  const listen = ({ message = '' }: { message?: string }): void => void said.push(message);
  client.on('notice', listen);
  await client.query('begin; set local client_min_messages = debug1');
  await client.query(sql);
  client.off('notice', listen);
  const { rows } = await client.query(
    `select c.relname as table, l.mode from pg_locks l join pg_class c on c.oid = l.relation
      where l.pid = pg_backend_pid() and c.relkind in ('r', 'p') and c.oid >= 16384 and l.mode <> 'AccessShareLock'`,
  );
  await client.query('rollback');
  const modes = rows.map(({ table, mode }) => [table, readMode(mode)] as const);
  const strongest = modes.toSorted(([, a], [, b]) => LOCK_MODES.indexOf(a) - LOCK_MODES.indexOf(b));
  return { said, locks: Object.fromEntries(strongest) };
}

/** `ShareRowExclusiveLock` → `SHARE ROW EXCLUSIVE` */
function readMode(mode: string): LockMode {
  return mode
    .replace(/Lock$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase() as LockMode;
}
