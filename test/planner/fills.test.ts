import { expect } from 'chai';
import { readDecisions } from '../../src/planner/decisions.ts';
import { planFiles } from '../../src/planner/plan-files.ts';
import { facts, table } from '../rules/facts.ts';

describe('columns of several tables that are filled from their rows', () => {
  it('have their values before the checks of their own table, whatever comes to the others', async () => {
    const numbered = table({ columns: { n: {} as never } });
    const up = `alter table a add column x int not null; alter table a add column y int not null;
      alter table a add constraint c check (x is not null and y > 0);
      alter table b add column z int not null; alter table b add column w int null`;
    const { files } = await planFiles(
      { renames: [], expand: { up, down: '' }, contract: { up: '', down: '' } },
      readDecisions({ fill: ['a.x=n', 'a.y=n', 'b.z=n'] }),
      { facts: facts({ tables: { a: numbered, b: numbered } }) },
    );
    const steps = files[0]?.up.map(({ sql }) => sql).filter(sql => !sql.includes('add column if not exists'));
    expect(steps).to.deep.equal([
      'update "a" set "x" = n where "x" is null',
      'update "a" set "y" = n where "y" is null',
      'alter table "a" add constraint "c" check (x is not null and y > 0) not valid',
      'alter table "a" validate constraint "c"',
      'alter table b add column w int null',
      'update "b" set "z" = n where "z" is null',
    ]);
  });
});
