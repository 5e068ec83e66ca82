import { expect } from 'chai';
import { facts, judgeSql, sqlOf, table } from './facts.ts';
import { judgeInTurn } from './in-turn.ts';

const context = { facts: facts({ tables: { lessons: table() } }) };

describe('rule check-not-valid', () => {
  const cases: [sql: string, online: string, name: string][] = [
    [
      `alter table "lessons" add constraint "lessons_subject_check" check (subject in ('math', 'art'))`,
      `alter table "lessons" add constraint "lessons_subject_check" check (subject in ('math', 'art')) not valid`,
      'lessons_subject_check',
    ],
    [
      'ALTER TABLE ONLY lessons ADD CHECK (a > 0) NO INHERIT -- more than none',
      'alter table only "lessons" add constraint "lessons_a_check" CHECK (a > 0) NO INHERIT not valid',
      'lessons_a_check',
    ],
    [
      'alter table if exists public.lessons add check (a > b)',
      'alter table if exists "public"."lessons" add constraint "lessons_check" check (a > b) not valid',
      'lessons_check',
    ],
  ];
  for (const [sql, added, name] of cases) {
    it(`replaces ${sql}`, async () => {
      const verdict = await judgeSql(sql, context);
      expect(verdict).to.include({ kind: 'replace', rule: 'check-not-valid' });
      const head = added.slice(0, added.indexOf(' add '));
      expect(sqlOf(verdict)).to.deep.equal([added, `${head} validate constraint "${name}"`]);
      expect(await judgeInTurn(verdict, context)).to.deep.equal(['online', 'online']);
    });
  }

  it('validates in a step of its own, under a lock that lets writes go on', async () => {
    const verdict = await judgeSql('alter table lessons add constraint c check (a > 0)', context);
    const [add, validate] = verdict.kind === 'replace' ? verdict.steps : [];
    expect(add).to.deep.include({ locks: [{ table: 'lessons', mode: 'ACCESS EXCLUSIVE' }], scans: false });
    expect(validate).to.deep.include({
      locks: [{ table: 'lessons', mode: 'SHARE UPDATE EXCLUSIVE' }],
      transactional: false,
      scans: true,
    });
  });

  it('lets a check that PostgreSQL never enforces through, and says so', async () => {
    const verdict = await judgeSql('alter table lessons add constraint c check (a > 0) not enforced', context);
    expect(verdict).to.include({ kind: 'online' });
    expect(verdict.kind === 'online' && verdict.steps[0].hazards).to.deep.equal([
      'PostgreSQL never checks it: neither the rows of "lessons" nor new ones.',
    ]);
  });
});
