import { expect } from 'chai';
import type { ConstraintFacts } from '../../src/catalog/facts.ts';
import { facts, judgeSql, sqlOf, table } from './facts.ts';
import { judgeInTurn } from './in-turn.ts';

const column = { type: 'integer', notNull: false, hasDefault: false, isGenerated: false };
const statement = 'alter table "lessons" alter column "subject" set not null';

function context({
  version = 18,
  notNull = false,
  ...constraints
}: { version?: number; notNull?: boolean } & Record<string, unknown> = {}) {
  const lessons = table({
    columns: { subject: { ...column, notNull } },
    constraints: constraints as Record<string, ConstraintFacts>,
  });
  return { facts: facts({ version, tables: { lessons } }) };
}

function check(expression: string, isValidated = true): ConstraintFacts {
  return { type: 'check', columns: ['subject'], isValidated, expression };
}

describe('rule not-null', () => {
  it('adds a not-null constraint as not valid, then validates it, on PostgreSQL 18', async () => {
    const verdict = await judgeSql(statement, context());
    expect(verdict).to.include({ kind: 'replace', rule: 'not-null' });
    expect(sqlOf(verdict)).to.deep.equal([
      'alter table "lessons" add constraint "lessons_subject_not_null" not null "subject" not valid',
      'alter table "lessons" validate constraint "lessons_subject_not_null"',
    ]);
    expect(await judgeInTurn(verdict, context())).to.deep.equal(['online', 'online']);
  });

  it('goes by a check on PostgreSQL 15 to 17', async () => {
    const verdict = await judgeSql(statement, context({ version: 17 }));
    expect(sqlOf(verdict)).to.deep.equal([
      'alter table "lessons" add constraint "lessons_subject_not_null" check ("subject" is not null) not valid',
      'alter table "lessons" validate constraint "lessons_subject_not_null"',
      'alter table "lessons" alter column "subject" set not null',
      'alter table "lessons" drop constraint if exists "lessons_subject_not_null"',
    ]);
    expect(await judgeInTurn(verdict, context({ version: 17 }))).to.deep.equal(Array(4).fill('online'));
  });

  it('reads the table only while it validates, outside a transaction', async () => {
    const verdict = await judgeSql(statement, context({ version: 15 }));
    const steps = verdict.kind === 'replace' ? verdict.steps : [];
    expect(steps.map(({ locks, transactional, scans }) => ({ locks, transactional, scans }))).to.deep.equal(
      ['ACCESS EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE'].map((mode, index) => ({
        locks: [{ table: 'lessons', mode }],
        transactional: index !== 1,
        scans: index === 1,
      })),
    );
  });

  for (const expression of [
    '(subject IS NOT NULL)',
    '((grade > 0) AND (subject IS NOT NULL))',
    '("subject" is not null)',
  ]) {
    it(`takes a validated check ${expression} as proof`, async () => {
      expect(await judgeSql(statement, context({ c: check(expression) }))).to.include({ kind: 'online' });
      expect(await judgeSql(statement, context({ c: check(expression, false) }))).to.include({ kind: 'replace' });
    });
  }

  for (const expression of [
    '((grade > 0) OR (subject IS NOT NULL))',
    'grade > 0 or grade < 9 and subject is not null',
    '(other IS NOT NULL)',
    '(NOT (subject IS NOT NULL))',
    "(subject <> ' and subject is not null')",
  ]) {
    it(`does not take ${expression} for proof`, async () => {
      expect(await judgeSql(statement, context({ c: check(expression) }))).to.include({ kind: 'replace' });
    });
  }

  it('lets a column through that is not null already', async () => {
    expect(await judgeSql(statement, context({ notNull: true }))).to.include({ kind: 'online' });
  });

  it('validates a not-null constraint that nobody validated, instead of reading the table under the lock', async () => {
    const open: ConstraintFacts = { type: 'not null', columns: ['subject'], isValidated: false };
    const verdict = await judgeSql(statement, context({ notNull: true, n: open }));
    expect(verdict.kind).to.equal('replace');
    expect(sqlOf(verdict)).to.deep.equal(['alter table "lessons" validate constraint "n"']);
    expect(await judgeSql(statement, context({ notNull: true, n: { ...open, isValidated: true } }))).to.include({
      kind: 'online',
    });
  });

  it('treats a not-null constraint in the same way', async () => {
    const sql = 'alter table lessons add constraint "here" not null subject';
    expect(sqlOf(await judgeSql(sql, context()))).to.deep.equal([
      'alter table "lessons" add constraint "here" not null "subject" not valid',
      'alter table "lessons" validate constraint "here"',
    ]);
    expect(await judgeSql(`${sql} not valid`, context())).to.include({ kind: 'online' });
  });

  it('chooses another name where its own is taken', async () => {
    const verdict = await judgeSql(statement, context({ lessons_subject_not_null: check('(grade > 0)') }));
    expect(sqlOf(verdict)[1]).to.equal('alter table "lessons" validate constraint "lessons_subject_not_null1"');
  });
});
