import { expect } from 'chai';
import { compareCatalogs } from '../../src/catalog/compare-catalogs.ts';
import { catalogOf } from '../support/catalogs.ts';
import { withClient, withDatabase } from '../support/database.ts';

describe('compareCatalogs', () => {
  it('finds no difference in what PostgreSQL words otherwise once it has read what it printed', () =>
    withDatabase(async ({ url }) => {
      await withClient(url, client =>
        client.query(`create table t (c varchar(20), constraint k check (c in ('a', 'it''s') and c not in ('b', '')))`),
      );
      const before = await catalogOf(url);
      const printed = before.tables['public.t']?.constraints.k;
      await withClient(url, client =>
        client.query(`alter table t drop constraint k; alter table t add constraint k ${printed}`),
      );
      const after = await catalogOf(url);
      expect(after.tables['public.t']?.constraints.k).to.not.equal(printed);
      expect(compareCatalogs(before, after)).to.deep.equal([]);
    }));
});
