import { expect } from 'chai';
import type { ConstraintFacts } from '../../src/catalog/facts.ts';
import { facts, judgeSql, sqlOf, table } from './facts.ts';

const key = (references: string): ConstraintFacts => ({
  type: 'foreign key',
  columns: ['u'],
  isValidated: true,
  references,
});
const answers = table({
  estimatedRows: 1200.4,
  constraints: { fk_u: key('users'), fk_l: key('school.lessons'), own: key('answers') },
});
const context = { facts: facts({ tables: { users: table(), 'school.lessons': table(), answers } }) };
const alone = { facts: facts({ tables: { answers: table() } }) };

describe('rule drop-table', () => {
  it('drops the foreign keys first, one by one, and names both tables of each', async () => {
    const verdict = await judgeSql('drop table "answers"', context);
    expect(verdict).to.include({ kind: 'replace', rule: 'drop-table' });
    expect(sqlOf(verdict)).to.deep.equal([
      'alter table "answers" drop constraint if exists "fk_u"',
      'alter table "answers" drop constraint if exists "fk_l"',
      'drop table if exists "answers"',
    ]);
    const steps = verdict.kind === 'replace' ? verdict.steps : [];
    expect(steps.map(({ locks }) => locks.map(lock => `${lock.table} ${lock.mode}`))).to.deep.equal([
      ['answers ACCESS EXCLUSIVE', 'users ACCESS EXCLUSIVE'],
      ['answers ACCESS EXCLUSIVE', 'school.lessons ACCESS EXCLUSIVE'],
      ['answers ACCESS EXCLUSIVE'],
    ]);
    expect(steps.map(({ phase }) => phase)).to.deep.equal(['contract', 'contract', 'contract']);
    expect(steps.at(-1)?.hazards).to.deep.equal(['The rows of "answers" are lost: about 1200.']);
  });

  it('lets each of these steps through when its turn comes', async () => {
    const verdict = await judgeSql('drop table answers', context);
    const contexts = [
      context,
      { facts: facts({ tables: { answers: table({ constraints: { fk_l: key('school.lessons') } }) } }) },
      alone,
    ];
    for (const [index, sql] of sqlOf(verdict).entries()) {
      expect(await judgeSql(sql, contexts[index]), sql).to.include({ kind: 'online' });
    }
  });

  it('adds "if exists" and takes "cascade" away', async () => {
    for (const sql of ['drop table answers', 'drop table if exists answers cascade', 'drop table answers cascade']) {
      const verdict = await judgeSql(sql, alone);
      expect(sqlOf(verdict), sql).to.deep.equal(['drop table if exists "answers"']);
      expect(verdict, sql).to.include({ kind: 'replace' });
    }
    expect(await judgeSql('drop table if exists s."A b"', alone)).to.include({ kind: 'online' });
  });

  it('refuses while other tables or views need it, and lists them', async () => {
    const verdict = await judgeSql('drop table users cascade', context);
    expect(verdict.kind === 'refuse' && verdict.happens).to.equal('"users" is needed by "answers"."fk_u".');
    const viewed = { facts: facts({ tables: { answers: table({ dependents: ['v', 's.w'] }) } }) };
    const refused = await judgeSql('drop table if exists answers', viewed);
    expect(refused.kind === 'refuse' && refused.happens).to.equal('"answers" is needed by "v", "s.w".');
  });

  it('refuses a partition: it has to be detached before', async () => {
    const parts = { facts: facts({ tables: { p: table({ kind: 'partition' }) } }) };
    expect(await judgeSql('drop table if exists p', parts)).to.include({ kind: 'refuse' });
  });

  it('drops a table of this migration under no lock but those on the tables it references', async () => {
    const verdict = await judgeSql('drop table answers', { ...context, newTables: new Set(['answers']) });
    const steps = verdict.kind === 'replace' ? verdict.steps : [];
    expect(steps.map(({ locks }) => locks.map(lock => lock.table))).to.deep.equal([['users'], ['school.lessons'], []]);
  });
});
