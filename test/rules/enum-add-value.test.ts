import { expect } from 'chai';
import { judgeSql, sqlOf } from './facts.ts';

describe('rule enum-add-value', () => {
  const cases: [sql: string, online: string][] = [
    [`alter type "user_role" add value 'TUTOR'`, `alter type "user_role" add value if not exists 'TUTOR'`],
    [
      `ALTER TYPE s.e ADD VALUE 'add value' BEFORE 'b'`,
      `ALTER TYPE s.e ADD VALUE if not exists 'add value' BEFORE 'b'`,
    ],
  ];
  for (const [sql, online] of cases) {
    it(`replaces ${sql}`, async () => {
      const verdict = await judgeSql(sql);
      expect(verdict).to.include({ kind: 'replace', rule: 'enum-add-value' });
      expect(sqlOf(verdict)).to.deep.equal([online]);
      expect(await judgeSql(online)).to.include({ kind: 'online' });
    });
  }

  it('stands outside of any transaction, and says that it cannot be taken back', async () => {
    const verdict = await judgeSql(`alter type e add value if not exists 'b'`);
    expect(verdict.kind === 'online' && verdict.steps[0]).to.deep.include({
      transactional: false,
      locks: [],
      hazards: [`PostgreSQL cannot remove 'b' from "e" again: down leaves it.`],
    });
  });
});
