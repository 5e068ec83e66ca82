import { expect } from 'chai';
import type { DatabaseFacts } from '../../src/catalog/facts.ts';
import { withFirstFill } from '../../src/planner/fills.ts';
import { inOrder } from '../../src/planner/in-order.ts';
import { operationsOf } from '../../src/planner/operations.ts';
import { facts, table } from '../rules/facts.ts';

const column = { type: 'text', notNull: false, isGenerated: false };
const check = (...columns: string[]) => ({ type: 'check', columns, isValidated: true }) as const;
const index = (definition: string) => ({ isValid: true, isUnique: false, columns: [], definition });

/** Notes with an index, checks, a unique constraint and a foreign key. */
const database = facts({
  tables: {
    notes: table({
      columns: { a: column, b: column, c: column } as never,
      constraints: {
        a_is: check('a'),
        b_is: check('b'),
        one_a: { type: 'unique', columns: ['a'], isValidated: true },
        of_page: { type: 'foreign key', columns: ['c'], references: 'pages', key: 'one', isValidated: true },
      },
      indexes: {
        by_lower: index('CREATE INDEX by_lower ON public.notes USING btree (lower(a))'),
        by_b: index('CREATE INDEX by_b ON public.notes USING btree (b) INCLUDE (c)'),
      },
    }),
    pages: table({
      columns: { id: column, code: column, twice: { ...column, isGenerated: true } } as never,
      constraints: { one: { type: 'unique', columns: ['code'], isValidated: true } },
    }),
  },
} as Partial<DatabaseFacts>);

describe('the order of statements', () => {
  const cases: { name: string; from: string; to: string[] }[] = [
    {
      name: 'has a check under another name before the one that goes',
      from: 'alter table notes drop constraint a_is; alter table notes add constraint a_was check (a > 0)',
      to: ['alter table notes add constraint a_was check (a > 0)', 'alter table notes drop constraint a_is'],
    },
    {
      name: 'has an index over other columns before the one that goes',
      from: 'drop index by_lower; alter table notes add d int; create index by_d on notes (d)',
      to: ['alter table notes add d int', 'create index by_d on notes (d)', 'drop index by_lower'],
    },
    {
      name: 'makes an index of a unique constraint under another name first',
      from: 'alter table notes drop constraint one_a; create index one_a on notes (a)',
      to: [
        'create index "one_a_new" on notes (a)',
        'alter table notes drop constraint one_a',
        'alter index "one_a_new" rename to "one_a"',
      ],
    },
    {
      name: 'makes a unique constraint of an index under another name first',
      from: 'drop index by_b; alter table notes add constraint by_b unique (b)',
      to: [
        'alter table notes add constraint "by_b_new" unique (b)',
        'drop index by_b',
        'alter table "notes" rename constraint "by_b_new" to "by_b"',
      ],
    },
    {
      name: 'drops a column behind what would go with it, and its type behind the column',
      from: `alter table notes drop column a; alter table notes drop column b; alter table notes drop column c; drop type kind;
        drop index by_lower; alter table notes drop constraint one_a; alter table notes drop constraint a_is;
        drop index by_b; alter table notes drop constraint of_page`,
      to: [
        'alter table notes drop constraint of_page',
        'drop index by_lower',
        'alter table notes drop constraint one_a',
        'alter table notes drop constraint a_is',
        'drop index by_b',
        'alter table notes drop column a',
        'alter table notes drop column b',
        'alter table notes drop column c',
        'drop type kind',
      ],
    },
    {
      name: 'keeps the key of the parent until a foreign key that changes its name has let it go',
      from: `alter table notes drop constraint of_page; alter table pages drop constraint one; alter table pages drop column code;
        alter table notes add constraint of_a_page foreign key (c) references pages (id)`,
      to: [
        'alter table notes add constraint of_a_page foreign key (c) references pages (id)',
        'alter table notes drop constraint of_page',
        'alter table pages drop constraint one',
        'alter table pages drop column code',
      ],
    },
    {
      name: 'drops a column behind the index that another one replaces',
      from: 'alter table notes drop column a; drop index by_lower; create index by_lower on notes (b)',
      to: [
        'create index "by_lower_new" on notes (b)',
        'drop index by_lower',
        'alter index "by_lower_new" rename to "by_lower"',
        'alter table notes drop column a',
      ],
    },
    {
      name: 'drops a computed column before the one that it is made of',
      from: 'alter table pages drop column id; alter table pages drop column twice',
      to: ['alter table pages drop column twice', 'alter table pages drop column id'],
    },
    {
      name: 'has an index behind a foreign key before the key',
      from: `alter table notes add constraint k foreign key (b) references pages (id); create index by_bb on notes (b)`,
      to: [
        'create index by_bb on notes (b)',
        'alter table notes add constraint k foreign key (b) references pages (id)',
      ],
    },
    {
      name: 'is kept where a column comes again, or gets another type',
      from: `drop index by_b; alter table notes drop column b; alter table notes add b int; create index by_new on notes (b);
        alter table notes drop constraint a_is; alter table notes alter column a type varchar(9);
        alter table notes add constraint a_was check (a > '')`,
      to: [
        'drop index by_b',
        'alter table notes drop column b',
        'alter table notes add b int',
        'create index by_new on notes (b)',
        'alter table notes drop constraint a_is',
        'alter table notes alter column a type varchar(9)',
        "alter table notes add constraint a_was check (a > '')",
      ],
    },
  ];

  for (const { name, from, to } of cases) {
    it(name, async () => {
      expect((await inOrder(await operationsOf(from), database)).map(({ sql }) => sql)).to.deep.equal(to);
    });
  }

  it('has a backfill behind the columns of its table, and before its indexes and constraints', async () => {
    const sql = 'update notes set d = a where d is null';
    const backfill = { sql, backfill: { table: 'notes', set: { d: 'a' }, where: 'd is null' }, operations: [] };
    const from = `alter table pages add constraint p check (id > ''); alter table notes add e int;
      create index by_d on notes (d); alter table notes add constraint one_d unique (d)`;
    const ordered = withFirstFill(await inOrder(await operationsOf(from), database), [backfill]);
    expect(ordered.map(({ sql: text }) => text).slice(0, 4)).to.deep.equal([
      "alter table pages add constraint p check (id > '')",
      'alter table notes add e int',
      sql,
      'create index by_d on notes (d)',
    ]);
  });
});
