import { expect } from 'chai';
import { judgeMigration } from '../../src/planner/judge-migration.ts';
import { groupSteps } from '../../src/runner/segments.ts';
import { readOperations } from '../../src/statement/read.ts';
import { facts, table } from './facts.ts';

const school = facts({
  tables: {
    users: table(),
    lessons: table({
      columns: { mood: { type: 'mood', notNull: false, hasDefault: false, isGenerated: false } },
      constraints: { k: { type: 'foreign key', columns: ['learner'], isValidated: true, references: 'users' } },
      indexes: { i: { isValid: true, isUnique: false, columns: ['subject'], definition: '' } },
    }),
    others: table(),
  },
  types: { mood: { kind: 'enum', isConstrained: false } },
  indexes: { i: 'lessons' },
});

async function assume(...statements: string[]) {
  const judged = statements.map(async sql => {
    const operations = (await readOperations(sql)).flatMap(({ sql: own, changes }) =>
      changes.map(change => ({ sql: own, change })),
    );
    return { sql, assumedSafe: 'the school is closed', operations };
  });
  return judgeMigration(await Promise.all(judged), school).steps;
}

describe('assumeSafe', () => {
  const cases: readonly (readonly [sql: string, locks: string[]])[] = [
    ['create index j on lessons (subject)', ['lessons SHARE']],
    ['drop index i', ['lessons ACCESS EXCLUSIVE']],
    ['drop table users cascade', ['users ACCESS EXCLUSIVE', 'lessons ACCESS EXCLUSIVE']],
    ['alter table lessons rename column mood to temper', ['lessons ACCESS EXCLUSIVE']],
    ['drop type mood cascade', ['lessons ACCESS EXCLUSIVE']],
    ['update lessons set mood = null', ['lessons ROW EXCLUSIVE']],
    ['truncate lessons, others', ['lessons ACCESS EXCLUSIVE', 'others ACCESS EXCLUSIVE']],
    [
      'alter table others add foreign key (id) references users (id)',
      ['others SHARE ROW EXCLUSIVE', 'users SHARE ROW EXCLUSIVE'],
    ],
  ];
  for (const [sql, locks] of cases) {
    it(`knows what may be locked by ${sql}`, async () => {
      const [step] = await assume(sql);
      expect(step?.locks.map(({ table: name, mode }) => `${name} ${mode}`)).to.deep.equal(locks);
    });
  }

  it('shares a transaction with nothing that it may keep waiting', async () => {
    const steps = await assume(
      'create index j on lessons (subject)',
      'alter table lessons rename column mood to temper',
      'alter table lessons rename column temper to mood',
      'alter table others rename column a to b',
    );
    expect(groupSteps(steps).map(segment => segment.steps.length)).to.deep.equal([1, 2, 1]);
  });
});
