import { expect } from 'chai';
import { facts, judgeSql, sqlOf, table } from './facts.ts';

const index = { isValid: true, isUnique: false, columns: ['subject', 'u'], definition: '' };
const key = { type: 'foreign key', columns: ['u'], isValidated: true, references: 'users' } as const;
const lessons = table({ constraints: { fk: key }, indexes: { i: index } });
const context = { facts: facts({ tables: { users: table(), lessons } }) };

describe('rule drop-column', () => {
  it('adds "if exists", and says what is lost', async () => {
    const verdict = await judgeSql('alter table "lessons" drop column "subject"', context);
    expect(verdict).to.include({ kind: 'replace', rule: 'drop-column' });
    const [step, ...more] = verdict.kind === 'replace' ? verdict.steps : [];
    expect(more).to.deep.equal([]);
    expect(step).to.deep.include({
      sql: 'alter table "lessons" drop column if exists "subject"',
      phase: 'contract',
      locks: [{ table: 'lessons', mode: 'ACCESS EXCLUSIVE' }],
      hazards: ['The values of "lessons"."subject" are lost.', 'With it go "i".'],
    });
    expect(await judgeSql(step?.sql ?? '', context)).to.include({ kind: 'online' });
  });

  it('drops the foreign key of the column first: it locks both tables', async () => {
    const verdict = await judgeSql('alter table lessons drop u cascade', context);
    const steps = verdict.kind === 'replace' ? verdict.steps : [];
    expect(steps.map(({ sql, locks }) => [sql, ...locks.map(lock => lock.table)])).to.deep.equal([
      ['alter table "lessons" drop constraint if exists "fk"', 'lessons', 'users'],
      ['alter table "lessons" drop column if exists "u"', 'lessons'],
    ]);
    const after = { facts: facts({ tables: { lessons: table() } }) };
    expect(await judgeSql(sqlOf(verdict)[0] ?? '', context)).to.include({ kind: 'online' });
    expect(await judgeSql(sqlOf(verdict)[1] ?? '', after)).to.include({ kind: 'online' });
  });

  it('refuses while views need the table, and lists them', async () => {
    const viewed = { facts: facts({ tables: { lessons: table({ dependents: ['open_lessons'] }) } }) };
    const verdict = await judgeSql('alter table lessons drop column if exists subject', viewed);
    expect(verdict.kind === 'refuse' && verdict.happens).to.include('"open_lessons"');
  });

  it('takes nothing for lost in an empty table', async () => {
    const empty = { facts: facts({ tables: { lessons: table({ hasRows: false }) } }) };
    const verdict = await judgeSql('alter table lessons drop column if exists subject', empty);
    expect(verdict.kind === 'online' && verdict.steps[0].hazards).to.deep.equal([]);
  });
});
