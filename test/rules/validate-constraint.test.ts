import { expect } from 'chai';
import { facts, judgeSql, table } from './facts.ts';

const constraints = {
  fk: { type: 'foreign key', columns: ['user_id'], isValidated: false, references: 'users' },
  self: { type: 'foreign key', columns: ['after_id'], isValidated: false, references: 'lessons' },
} as const;
const context = { facts: facts({ tables: { lessons: table({ constraints }), users: table() } }) };

async function locks(constraint: string): Promise<unknown> {
  const verdict = await judgeSql(`alter table lessons validate constraint ${constraint}`, context);
  return verdict.kind === 'online' && verdict.steps[0].locks;
}

describe('rule validate-constraint', () => {
  it('lets it run outside a transaction', async () => {
    const verdict = await judgeSql('alter table lessons validate constraint c', context);
    expect(verdict).to.include({ kind: 'online', rule: 'validate-constraint' });
    expect(verdict.kind === 'online' && verdict.steps[0]).to.include({ transactional: false, scans: true });
  });

  it('names the parent of a foreign key, but not a table twice', async () => {
    const own = { table: 'lessons', mode: 'SHARE UPDATE EXCLUSIVE' };
    expect(await locks('c')).to.deep.equal([own]);
    expect(await locks('fk')).to.deep.equal([own, { table: 'users', mode: 'ROW SHARE' }]);
    expect(await locks('self')).to.deep.equal([own]);
  });
});
