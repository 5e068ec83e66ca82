import { expect } from 'chai';
import { applyChange } from '../../src/catalog/apply-change.ts';
import type { Change } from '../../src/statement/change.ts';
import { readOperations } from '../../src/statement/read.ts';
import { facts, judgeSql, sqlOf, table } from './facts.ts';

const lessons = table({
  constraints: {
    fk: { type: 'foreign key', columns: ['u'], isValidated: true, references: 'users' },
    positive: { type: 'check', columns: ['score'], isValidated: true, expression: '(score > 0)' },
  },
});
const users = table({ constraints: { users_pkey: { type: 'primary key', columns: ['id'], isValidated: true } } });
const context = { facts: facts({ tables: { lessons, users } }) };

describe('rule drop-constraint', () => {
  it('names both tables of a foreign key', async () => {
    const verdict = await judgeSql('alter table lessons drop constraint if exists fk', context);
    expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({
      phase: 'contract',
      locks: [
        { table: 'lessons', mode: 'ACCESS EXCLUSIVE' },
        { table: 'users', mode: 'ACCESS EXCLUSIVE' },
      ],
    });
  });

  it('adds "if exists" to any other, under a lock on its own table', async () => {
    const verdict = await judgeSql('alter table lessons drop constraint positive', context);
    expect(verdict).to.include({ kind: 'replace', rule: 'drop-constraint' });
    const [sql = ''] = sqlOf(verdict);
    expect(sql).to.equal('alter table "lessons" drop constraint if exists "positive"');
    const online = await judgeSql(sql, context);
    expect(online.kind === 'online' && online.steps[0]).to.deep.include({
      locks: [{ table: 'lessons', mode: 'ACCESS EXCLUSIVE' }],
      hazards: ['"lessons" may then hold rows that break it.'],
    });
  });

  it('refuses to drop a key together with the foreign keys that need it', async () => {
    const verdict = await judgeSql('alter table users drop constraint users_pkey cascade', context);
    expect(verdict.kind === 'refuse' && verdict.happens).to.equal('"users_pkey" is needed by "lessons"."fk".');
  });

  it('refuses to drop the key on which PostgreSQL has hung a foreign key, whatever it is called by then', async () => {
    const fk = {
      type: 'foreign key',
      columns: ['u'],
      isValidated: true,
      references: 'users',
      key: 'users_pkey',
    } as const;
    const before = facts({ tables: { lessons: table({ constraints: { fk } }), users } });
    const verdict = await judgeSql('alter table users drop constraint if exists users_pkey', { facts: before });
    expect(verdict.kind === 'refuse' && verdict.happens).to.equal('"users_pkey" is needed by "lessons"."fk".');
    const [rename] = await readOperations('alter table users rename constraint users_pkey to old_key');
    const renamed = applyChange(before, rename?.changes[0] as Change);
    const other = await judgeSql('alter table users drop constraint if exists old_key', { facts: renamed });
    expect(other.kind).to.equal('refuse');
  });
});
