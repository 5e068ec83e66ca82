import { expect } from 'chai';
import type { TableLock } from '../../src/plan/plan.ts';
import { step } from '../../src/rules/rule.ts';
import { withClient, withDatabase } from '../support/database.ts';
import { traceSteps } from '../support/lock-trace.ts';

describe('the trace of locks', () => {
  it('finds claims that are too weak, too strong, or silent about a rewrite', () =>
    withDatabase(({ url }) =>
      withClient(url, async client => {
        await client.query('create table t (a int); create table u (a int primary key)');
        const claiming = (sql: string, mode: TableLock['mode']) =>
          step({ sql, rule: 'none', locks: [{ table: 't', mode }] });
        const rewrite = 'alter table t alter column a type bigint';
        const foreignKey = 'alter table t add foreign key (a) references u';
        const surprises = await traceSteps(client, [
          claiming(rewrite, 'ACCESS EXCLUSIVE'),
          claiming(foreignKey, 'ACCESS EXCLUSIVE'),
          claiming('comment on table t is null', 'SHARE UPDATE EXCLUSIVE'),
        ]);
        expect(surprises).to.have.deep.members([
          { sql: rewrite, table: 't', claimed: 'no scan', found: 'a rewrite' },
          { sql: foreignKey, table: 't', claimed: 'ACCESS EXCLUSIVE', found: 'SHARE ROW EXCLUSIVE' },
          { sql: foreignKey, table: 'u', claimed: 'no lock', found: 'SHARE ROW EXCLUSIVE' },
        ]);
      }),
    ));
});
