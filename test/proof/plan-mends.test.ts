import { expect } from 'chai';
import type { Difference } from '../../src/catalog/compare-catalogs.ts';
import { planMends } from '../../src/proof/plan-mends.ts';
import { facts, table } from '../rules/facts.ts';

describe('what brings a changed database back', () => {
  const known = facts({ tables: { lessons: table() } });

  it('is online: a check comes back not valid and is validated, an index is built concurrently', async () => {
    const differences: Difference[] = [
      { object: 'constraint', relation: 'public.lessons', name: 'c', before: 'CHECK ((id > 0))' },
      {
        object: 'index',
        relation: 'public.lessons',
        name: 'i',
        before: 'CREATE INDEX i ON public.lessons USING btree (id)',
      },
    ];
    const { mends, byHand } = await planMends(differences, known);
    expect(byHand).to.deep.equal([]);
    const [check, index] = mends.map(({ steps }) => steps.map(({ sql }) => sql.toLowerCase()));
    expect(check).to.have.lengthOf(2);
    expect(check?.[0]).to.match(/not valid$/);
    expect(check?.[1]).to.match(/validate constraint "c"$/);
    expect(index?.join()).to.include('create index concurrently if not exists');
  });

  it('leaves to a person what is there in another form', async () => {
    const type: Difference = {
      object: 'column',
      relation: 'public.lessons',
      name: 'id',
      property: 'type',
      before: 'integer',
      after: 'bigint',
    };
    expect(await planMends([type], known)).to.deep.equal({ mends: [], byHand: [type] });
  });
});
