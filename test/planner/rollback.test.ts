import { expect } from 'chai';
import { planOwnedObjects } from '../../src/planner/owned-objects.ts';
import { planRollback } from '../../src/planner/rollback.ts';
import type { Change } from '../../src/statement/change.ts';
import { readStatements } from '../../src/statement/read.ts';

describe('the rollback of new tables', () => {
  it('drops them in reverse, the foreign keys between them first, and takes nothing else along', async () => {
    const up = await changesOf(`create type e as enum ('x');
      create table a (id int primary key, b int, e e); create table b (id int primary key, a int);
      alter table a add constraint ab foreign key (b) references b (id);
      alter table b add constraint ba foreign key (a) references a (id);
      alter table b add constraint bb foreign key (a) references b (id);
      alter table b add constraint bo foreign key (a) references other (id);`);
    const comparator =
      await readStatements(`alter table a drop constraint ab; drop table a cascade; drop table b cascade; drop type e;
      alter table other drop column c`);
    expect(planRollback(up, comparator)).to.deep.equal([
      'alter table other drop column c',
      'alter table if exists "b" drop constraint if exists "ba"',
      'alter table if exists "a" drop constraint if exists "ab"',
      'drop table if exists "b"',
      'drop table if exists "a"',
      'drop type if exists "e"',
    ]);
  });

  it('is what the comparator says for the rest', async () => {
    const comparator = await readStatements('alter table t drop column a');
    expect(planRollback(await changesOf('alter table t add column a int'), comparator)).to.deep.equal([
      'alter table t drop column a',
    ]);
  });
});

describe('the objects that are ours', () => {
  it('are those that our statements created and did not drop, under their last name', async () => {
    const owned = planOwnedObjects(
      await changesOf(`create table a (); create table public.b (); create table s.c (); alter table a rename to z; drop table b;
        create type e as enum (); create view v as select 1; create function f() returns int language sql as 'select 1';
        create type gone as enum (); drop type gone; alter table others add column x int`),
    );
    expect([...owned.tables]).to.deep.equal(['s.c', 'z']);
    expect([...owned.types]).to.deep.equal(['e']);
    expect([...owned.views]).to.deep.equal(['v']);
    expect([...owned.routines]).to.deep.equal(['f']);
  });
});

async function changesOf(sql: string): Promise<Change[]> {
  return (await readStatements(sql)).flatMap(({ changes }) => changes);
}
