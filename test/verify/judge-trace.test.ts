import { expect } from 'chai';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import { checkLeftOver, listUnfinished } from '../../src/verify/left-over.ts';
import { judgeTrace } from '../../src/verify/trace/judge-trace.ts';
import type { TracedStep } from '../../src/verify/trace/traced-step.ts';
import { withClient, withDatabase } from '../support/database.ts';

describe('a traced step', () => {
  it('is fine as long as it takes what its plan says, and keeps nobody waiting for a whole table', () => {
    expect(
      happens(
        step({ locks: [lock('ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE')] }),
        step({ locks: [lock('SHARE UPDATE EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE')], scanned: ['t'], claimsScan: true }),
        step({ locks: [lock('ROW EXCLUSIVE', undefined)], scanned: ['t'] }),
        step({ locks: [{ ...lock('ACCESS EXCLUSIVE', undefined), isPartition: true }] }),
        step({ locks: [lock('SHARE', 'ACCESS EXCLUSIVE')] }),
        step({
          locks: [{ ...lock('EXCLUSIVE', 'EXCLUSIVE'), isMaterialized: true }],
          scanned: ['t'],
          claimsScan: true,
        }),
      ),
    ).to.deep.equal([]);
  });

  it('keeps writers, or everybody, waiting while it reads or writes a whole table', () => {
    expect(
      happens(
        step({ locks: [lock('SHARE', 'SHARE')], scanned: ['t'], claimsScan: true }),
        step({ locks: [lock('ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE')], rewritten: ['t'], claimsScan: true }),
      ),
    ).to.deep.equal([
      'It holds SHARE on t while it reads the whole table.',
      'It holds ACCESS EXCLUSIVE on t while it writes the whole table anew.',
    ]);
  });

  it('takes more than its plan says, or writes anew what that does not name', () => {
    expect(
      happens(
        step({ locks: [lock('EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE')] }),
        step({ locks: [lock('SHARE UPDATE EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE')], rewritten: ['t'] }),
      ),
    ).to.deep.equal([
      'It takes EXCLUSIVE on t; its plan says SHARE UPDATE EXCLUSIVE.',
      'It writes t anew; its plan does not say so.',
    ]);
  });

  it('is noted where a person holds it for safe', () => {
    const [finding] = judgeTrace('0001_x', [
      step({ locks: [lock('SHARE', 'SHARE')], scanned: ['t'], assumedSafe: 'it is small' }),
    ]);
    expect(finding?.severity).to.equal('note');
    expect(finding?.explanation.remedy).to.equal('Nothing, if this still holds: it is small');
  });
});

describe('what migrations leave over', () => {
  it('is an invalid index, a constraint that is not validated, a trigger of a change in two steps', () =>
    withDatabase(({ url }) =>
      withClient(url, async client => {
        await client.query(`create table t (a int, b int); insert into t values (1, 1), (1, 1);
          alter table t add constraint positive check (a > 0) not valid;
          create function sync_t_b() returns trigger language plpgsql as 'begin return new; end';
          create trigger zz_sync_t_b before insert on t for each row execute function sync_t_b();
          create trigger own before insert on t for each row execute function sync_t_b()`);
        await client.query('create unique index concurrently i on t (a)').catch(() => undefined);
        const catalog = await readCatalog(client);
        const lines = listUnfinished(catalog);
        expect(lines).to.deep.equal([
          'an invalid index: t.i',
          'a constraint that is not validated: t.positive',
          'a trigger that keeps two columns the same: t.zz_sync_t_b',
        ]);
        const [finding] = checkLeftOver(catalog, new Map([[lines[0] ?? '', '0007_x']]));
        expect(finding?.explanation.subject).to.match(/^an invalid index: t\.i, since 0007_x\n/);
      }),
    ));
});

function happens(...steps: readonly TracedStep[]): string[] {
  return judgeTrace('0001_x', steps).map(({ explanation }) => explanation.happens);
}

function lock(mode: TracedStep['locks'][number]['mode'], claimed: TracedStep['locks'][number]['claimed']) {
  return { table: 't', isPartition: false, mode, claimed } as TracedStep['locks'][number];
}

function step(own: Partial<TracedStep>): TracedStep {
  return {
    method: 'up',
    position: 1,
    kind: 'sql',
    sql: 'select 1',
    rule: 'select',
    locks: [],
    claimsScan: false,
    rewritten: [],
    scanned: [],
    durationMs: 1,
    ...own,
  };
}
