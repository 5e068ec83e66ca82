import { expect } from 'chai';
import { facts, judgeSql, sqlOf, table } from './facts.ts';
import { judgeInTurn } from './in-turn.ts';

const index = { isValid: true, isUnique: false, columns: ['user_id', 'at'], definition: 'CREATE INDEX …' };
const tables = { lessons: table({ indexes: { i: index } }), users: table(), parts: table({ kind: 'partitioned' }) };
const context = { facts: facts({ tables }) };
const statement =
  'alter table "lessons" add constraint "fk" foreign key ("user_id") references "users" ("id") on delete set null deferrable';

describe('rule foreign-key-not-valid', () => {
  it('adds the key as not valid, then validates it', async () => {
    const verdict = await judgeSql(statement, context);
    expect(verdict).to.include({ kind: 'replace', rule: 'foreign-key-not-valid' });
    expect(sqlOf(verdict)).to.deep.equal([`${statement} not valid`, 'alter table "lessons" validate constraint "fk"']);
    expect(await judgeInTurn(verdict, context)).to.deep.equal(['online', 'online']);
  });

  it('names both tables it locks', async () => {
    const verdict = await judgeSql(statement, context);
    const steps = verdict.kind === 'replace' ? verdict.steps : [];
    expect(steps.map(({ locks }) => locks)).to.deep.equal([
      [
        { table: 'lessons', mode: 'SHARE ROW EXCLUSIVE' },
        { table: 'users', mode: 'SHARE ROW EXCLUSIVE' },
      ],
      [
        { table: 'lessons', mode: 'SHARE UPDATE EXCLUSIVE' },
        { table: 'users', mode: 'ROW SHARE' },
      ],
    ]);
  });

  it('leaves a parent out that this migration creates, and names a table once that refers to itself', async () => {
    const toNew = await judgeSql(`${statement} not valid`, { ...context, newTables: new Set(['users']) });
    expect(toNew.kind === 'online' && toNew.steps[0].locks.map(lock => lock.table)).to.deep.equal(['lessons']);
    const toSelf = await judgeSql('alter table users add foreign key (parent_id) references users', context);
    const steps = toSelf.kind === 'replace' ? toSelf.steps : [];
    expect(steps.map(({ locks }) => locks.map(({ mode }) => mode))).to.deep.equal([
      ['SHARE ROW EXCLUSIVE'],
      ['SHARE UPDATE EXCLUSIVE'],
    ]);
    expect(steps[1]?.sql).to.equal('alter table "users" validate constraint "users_parent_id_fkey"');
  });

  it('advises an index behind the columns where there is none', async () => {
    const [with_, without] = await Promise.all([
      judgeSql(statement, context),
      judgeSql(statement, { facts: facts({ tables: { ...tables, lessons: table() } }) }),
    ]);
    expect(with_.kind === 'replace' && with_.steps[0]?.hazards).to.deep.equal([]);
    expect(without.kind === 'replace' && without.steps[0]?.hazards).to.deep.equal([
      'No index leads with "user_id": each delete in "users", or update of its key, reads all of "lessons".',
    ]);
  });

  it('refuses a partitioned table before PostgreSQL 18', async () => {
    const sql = 'alter table parts add constraint fk foreign key (user_id) references users';
    expect(await judgeSql(sql, { facts: facts({ tables, version: 17 }) })).to.include({ kind: 'refuse' });
    expect(await judgeSql(sql, context)).to.include({ kind: 'replace' });
  });

  it('lets a key that PostgreSQL never enforces through', async () => {
    expect(await judgeSql(`${statement} not enforced`, context)).to.include({ kind: 'online' });
  });
});
