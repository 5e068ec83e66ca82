import { expect } from 'chai';
import { operationsOf } from '../../src/planner/operations.ts';
import { withoutSilentCuts } from '../../src/planner/silent-cuts.ts';

describe('the way back to a shorter type', () => {
  const cases: [from: string, to: string][] = [
    [
      'alter table a alter column b type varchar(9) using ("b"::varchar(9))',
      'alter table a alter column b type varchar(9)',
    ],
    ['alter table a alter column "b" type char(9) using ("b"::char(9))', 'alter table a alter column "b" type char(9)'],
    [
      'alter table a alter column b type text using ("b"::text)',
      'alter table a alter column b type text using ("b"::text)',
    ],
    [
      'alter table a alter column b type varchar(9) using (left("b", 9)::varchar(9))',
      'alter table a alter column b type varchar(9) using (left("b", 9)::varchar(9))',
    ],
  ];

  for (const [from, to] of cases) {
    it(from === to ? `keeps ${from}` : `reports what is too long: ${to}`, async () => {
      expect(withoutSilentCuts(await operationsOf(from)).map(({ sql }) => sql)).to.deep.equal([to]);
    });
  }
});
