import { expect } from 'chai';
import { renameCatalog } from '../../src/catalog/rename-catalog.ts';
import { catalogOf } from '../support/catalogs.ts';
import { withClient, withDatabase } from '../support/database.ts';

const BEFORE = `
  create schema school;
  create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
  create table authors (id serial primary key, name text unique, constraint named check (name <> 'name'));
  create table school.books (id int primary key, author int references authors (id), name text, double int
    generated always as (author * 2) stored, unique (author, name));
  create index by_name on authors (lower(name), id desc) where name is not null;
  create index name on school.books (name) include (author);
  create trigger name before update of name on authors for each row when (new.name <> '') execute function touch();
  create policy own on authors using (name = current_user);
`;

describe('renameCatalog', () => {
  it('gives what PostgreSQL prints once tables and columns have their new names', () =>
    withDatabase(async ({ url }) => {
      await withClient(url, client => client.query(BEFORE));
      const before = await catalogOf(url);
      await withClient(url, client =>
        client.query(`alter table authors rename to "Writers";
          alter table "Writers" rename column name to "order";
          alter table "Writers" rename column id to number;
          alter table school.books rename to works;
          alter table school.works rename column author to writer`),
      );
      const renames = new Map([
        ['authors', 'Writers'],
        ['authors.name', 'order'],
        ['authors.id', 'number'],
        ['school.books', 'works'],
        ['school.books.author', 'writer'],
      ]);
      expect(renameCatalog(before, renames)).to.deep.equal(await catalogOf(url));
    }));
});
