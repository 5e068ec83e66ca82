import { expect } from 'chai';
import { judgeSql } from './facts.ts';

describe('rule transaction-control', () => {
  for (const sql of [
    'begin',
    'commit',
    'rollback',
    'savepoint a',
    "prepare transaction 'x'",
    'set timezone = utc',
    'set search_path = a',
    'reset all',
    "set local lock_timeout = '1h'",
    'set local session_replication_role = replica',
    'set local statement_timeout = 0',
    'set local search_path = a',
    'set local role teacher',
    'set transaction isolation level serializable',
  ]) {
    it(`refuses ${sql}`, async () => {
      expect(await judgeSql(sql)).to.include({ kind: 'refuse', rule: 'transaction-control' });
    });
  }

  it('lets a setting through that ends with the transaction', async () => {
    expect(await judgeSql("set local timezone = 'UTC'")).to.include({ kind: 'online', rule: 'transaction-control' });
    const verdict = await judgeSql("set timezone = 'UTC'");
    expect(verdict.kind === 'refuse' && verdict.remedy[0]).to.include('set local timezone');
  });
});
