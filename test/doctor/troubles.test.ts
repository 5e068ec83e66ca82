import { expect } from 'chai';
import type { Patient } from '../../src/doctor/patient.ts';
import { findAdvice } from '../../src/doctor/troubles/advice.ts';
import { findOpenChange } from '../../src/doctor/troubles/schema.ts';

const healthy = {
  indexes: [],
  foreignKeys: [],
  counters: [],
  tables: [],
  privileges: { role: 'deploy', closedSchemas: [] },
} as unknown as Patient;

describe('the advice of migrate:doctor', () => {
  const idle = {
    table: 'lessons',
    index: 'idle',
    isUnique: false,
    isOfConstraint: false,
    likeness: '1',
    bytes: 50_000_000,
    scans: 0,
    countedForDays: 60.5,
  };
  const find = (patient: Partial<Patient>): string[] =>
    findAdvice({ ...healthy, ...patient }).map(({ id, title }) => `${id}: ${title}`);

  it('is about a large index only that nothing has read for a month', () => {
    expect(find({ indexes: [idle] })).to.deep.equal(['unused-index: An index that nothing reads: idle on lessons']);
    const used = [
      { ...idle, scans: 1 },
      { ...idle, bytes: 8192 },
      { ...idle, countedForDays: 3 },
      { ...idle, isUnique: true },
    ];
    expect(used.flatMap(index => find({ indexes: [index] }))).to.deep.equal([]);
  });

  it('keeps the index of two that a constraint needs', () => {
    const unique = { ...idle, index: 'key', scans: 9, isUnique: true, isOfConstraint: true };
    const [advice] = findAdvice({ ...healthy, indexes: [unique, { ...idle, scans: 9 }] });
    expect(advice?.happens).to.equal('idle has the columns of key, in the same order.');
    expect(find({ indexes: [unique, { ...unique, index: 'other' }] })).to.deep.equal([]);
  });

  it('is about foreign keys whose ends differ', () => {
    const key = { table: 'lessons', constraint: 'fk', columns: ['learner_id'], references: 'users', isIndexed: true };
    const [advice] = findAdvice({
      ...healthy,
      foreignKeys: [
        { ...key, isMismatched: true },
        { ...key, isMismatched: false },
      ],
    });
    expect(advice).to.include({ id: 'foreign-key-types', subject: 'lessons (learner_id) → users  fk' });
  });

  it('names tables without a key, and what the role of the next migration lacks', () => {
    const tables = [{ table: 'lessons', hasPrimaryKey: false, isOwned: false }];
    const found = findAdvice({ ...healthy, tables, privileges: { role: 'deploy', closedSchemas: ['public'] } });
    expect(found.map(({ id, severity }) => [id, severity])).to.deep.equal([
      ['no-primary-key', 'advice'],
      ['privilege', 'advice'],
    ]);
    expect(found[1]?.remedy).to.include('  alter table "lessons" owner to "deploy";');
    expect(found[1]?.remedy).to.include('  grant create on schema "public" to "deploy";');
  });
});

describe('entities that no migration follows', () => {
  const found = (open: Patient['open']) => findOpenChange({ ...healthy, ...(open ? { open } : {}) });

  it('are for a person where something is in question, and else a command away', () => {
    expect(found(undefined)).to.deep.equal([]);
    expect(found({ questions: [], sql: [] })).to.deep.equal([]);
    const [made] = found({ questions: [], sql: ['alter table "lessons" add column "room" text null;'] });
    expect(made).to.include({ severity: 'do', subject: 'alter table "lessons" add column "room" text null;' });
    const question = {
      kind: 'gone column',
      name: 'lessons.room',
      table: 'lessons',
      column: 'room',
      isRequired: false,
      candidates: [],
    } as const;
    const [asked] = found({ questions: [question], sql: [] });
    expect(asked).to.include({ severity: 'person', subject: 'lessons.room' });
  });
});
