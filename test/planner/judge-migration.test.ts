import { expect } from 'chai';
import { type Judgement, judgeMigration } from '../../src/planner/judge-migration.ts';
import { operationsOf } from '../../src/planner/operations.ts';
import { facts, table } from '../rules/facts.ts';

const STATEMENTS = ['alter table a drop constraint if exists k', 'alter table a add column c int'];

async function judge(done?: number): Promise<Judgement> {
  // as they are behind the first statement: another table refers to the constraint that has got the name
  const k = { type: 'primary key', columns: ['id'], isValidated: true } as const;
  const f = { type: 'foreign key', columns: ['a'], references: 'a', key: 'k', isValidated: true } as const;
  const before = facts({ tables: { a: table({ constraints: { k } }), b: table({ constraints: { f } }) } });
  const judged = STATEMENTS.map(async sql => ({ sql, operations: await operationsOf(sql) }));
  return judgeMigration(await Promise.all(judged), before, { done });
}

describe('a migration that has stopped half-way', () => {
  it('is not refused for what it has run, nor judged on a database where that is run twice', async () => {
    expect((await judge()).refusals.map(({ statement }) => statement)).to.deep.equal([1]);
    const { refusals, steps, facts: after } = await judge(1);
    expect(refusals).to.deep.equal([]);
    expect(steps.map(({ sql }) => sql)).to.deep.equal(STATEMENTS);
    expect(Object.keys(after.tables.a?.constraints ?? {})).to.deep.equal(['k']);
    expect(Object.keys(after.tables.a?.columns ?? {})).to.deep.equal(['c']);
  });
});
