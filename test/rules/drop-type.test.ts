import { expect } from 'chai';
import { facts, judgeSql, sqlOf, table } from './facts.ts';

const column = (type: string) => ({ type, notNull: false, hasDefault: false, isGenerated: false });
const tables = { users: table({ columns: { role: column('user_role'), kinds: column('"Kind"[]') } }) };
const context = { facts: facts({ tables }) };

describe('rule drop-type', () => {
  const cases: [sql: string, online: string][] = [
    ['drop type "mood"', 'drop type if exists "mood"'],
    ['drop domain s.email cascade', 'drop domain if exists "s"."email"'],
  ];
  for (const [sql, online] of cases) {
    it(`replaces ${sql}`, async () => {
      const verdict = await judgeSql(sql, context);
      expect(verdict).to.include({ kind: 'replace', rule: 'drop-type' });
      expect(sqlOf(verdict)).to.deep.equal([online]);
      const again = await judgeSql(online, context);
      expect(again.kind === 'online' && again.steps[0]).to.deep.include({ phase: 'contract', locks: [] });
    });
  }

  it('refuses while a column has the type, and names it', async () => {
    const named = await judgeSql('drop type if exists public.user_role cascade', context);
    expect(named.kind === 'refuse' && named.happens).to.equal('The type "user_role" is needed by "users"."role".');
    expect(await judgeSql('drop type "Kind"', context)).to.include({ kind: 'refuse' });
  });
});
