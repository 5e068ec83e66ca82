import { expect } from 'chai';
import { facts, judgeSql, sqlOf, table } from './facts.ts';

const unique = {
  isValid: true,
  isUnique: true,
  columns: ['id'],
  definition: 'CREATE UNIQUE INDEX i ON public.m USING btree (id)',
};
const tables = {
  lessons: table({ dependents: ['m'] }),
  v: table({ kind: 'view' }),
  m: table({ kind: 'materialized view', indexes: { unique } }),
  empty: table({ kind: 'materialized view', isPopulated: false, hasRows: false }),
  partial: table({
    kind: 'materialized view',
    indexes: { unique: { ...unique, definition: `${unique.definition} WHERE (id > 0)` } },
  }),
};
const context = { facts: facts({ tables }) };
const read = { table: 'lessons', mode: 'ACCESS SHARE' };

describe('rule view', () => {
  it('lets a view through, and locks the one that it replaces', async () => {
    const created = await judgeSql('create view w as select * from lessons', context);
    expect(created.kind === 'online' && created.steps[0]).to.deep.include({
      rule: 'view',
      locks: [read],
      scans: false,
    });
    const replaced = await judgeSql('create or replace view v as select * from lessons', context);
    expect(replaced.kind === 'online' && replaced.steps[0].locks).to.deep.equal([
      { table: 'v', mode: 'ACCESS EXCLUSIVE' },
      read,
    ]);
  });

  it('lets a materialized view be filled in a step of its own', async () => {
    const filled = await judgeSql('create materialized view n as select * from lessons', context);
    expect(filled.kind === 'online' && filled.steps[0]).to.deep.include({ locks: [read], scans: true });
    const empty = await judgeSql('create materialized view n as select * from lessons with no data', context);
    expect(empty.kind === 'online' && empty.steps[0]).to.deep.include({ scans: false, hazards: [] });
  });

  it('refreshes concurrently where a unique index lets it', async () => {
    const verdict = await judgeSql('refresh materialized view m', context);
    expect(verdict).to.include({ kind: 'replace', rule: 'view' });
    expect(sqlOf(verdict)).to.deep.equal(['refresh materialized view concurrently "m"']);
    const again = await judgeSql(sqlOf(verdict)[0] ?? '', context);
    expect(again.kind === 'online' && again.steps[0]).to.deep.include({
      scans: true,
      locks: [{ table: 'm', mode: 'EXCLUSIVE' }, read],
    });
    for (const how of ['', 'concurrently ']) {
      const refused = await judgeSql(`refresh materialized view ${how}partial`, context);
      expect(refused.kind === 'refuse' && refused.remedy).to.deep.equal([
        'create unique index concurrently if not exists … on "partial" (…);',
        'then refresh materialized view concurrently "partial"',
      ]);
    }
    expect(await judgeSql('refresh materialized view m with no data', context)).to.include({ kind: 'refuse' });
  });

  it('fills one that nobody can read yet as it is, and never concurrently', async () => {
    const filled = await judgeSql('refresh materialized view empty', context);
    expect(filled.kind === 'online' && filled.steps[0]).to.deep.include({
      scans: true,
      locks: [{ table: 'empty', mode: 'ACCESS EXCLUSIVE' }],
    });
    const concurrently = await judgeSql('refresh materialized view concurrently empty', context);
    expect(concurrently.kind === 'refuse' && concurrently.remedy).to.deep.equal(['refresh materialized view "empty"']);
    const fresh = await judgeSql('refresh materialized view m', { ...context, newTables: new Set(['m']) });
    expect(fresh.kind === 'online' && fresh.steps[0].locks).to.deep.equal([read]);
  });
});
