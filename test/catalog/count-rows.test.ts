import { expect } from 'chai';
import { countRows } from '../../src/catalog/count-rows.ts';
import { withClient, withDatabase } from '../support/database.ts';

describe('the rows that a drop would lose', () => {
  it('are counted: all, those that hold something, those that hold a value, also in an array', () =>
    withDatabase(({ url }) =>
      withClient(url, async client => {
        await client.query(`create table "Notes" (id int, title text, tags text[]);
          insert into "Notes" values (1, 'a', '{x,y}'), (2, null, '{y}'), (3, 'b', null)`);
        const count = async (...held: [column?: string, value?: string]) => {
          const [column, value] = held;
          const asked = column === undefined ? undefined : { column, ...(value === undefined ? {} : { value }) };
          return (await countRows(client, 'Notes', asked)).rows;
        };
        expect(await Promise.all([count(), count('title'), count('title', 'a'), count('tags', 'y')])).to.deep.equal([
          3, 2, 1, 2,
        ]);
        expect(await count('later')).to.equal(0);
        expect(await countRows(client, 'later')).to.deep.equal({ rows: 0, isEstimated: false });
      }),
    ));

  it('are estimated where counting them would take long', () =>
    withDatabase(({ url }) =>
      withClient(url, async client => {
        await client.query('create table quiz_answers (id int, note text)');
        await client.query(
          `insert into quiz_answers select n, case when n % 4 = 0 then 'a' end from generate_series(1, 100) n`,
        );
        await client.query('analyze quiz_answers');
        await client.query(`update pg_class set reltuples = 300000000 where relname = 'quiz_answers'`);
        expect(await countRows(client, 'quiz_answers')).to.deep.equal({ rows: 300_000_000, isEstimated: true });
        expect(await countRows(client, 'quiz_answers', { column: 'note' })).to.deep.equal({
          rows: 75_000_000,
          isEstimated: true,
        });
      }),
    ));
});
