/** Cases that the random changes have found. */
import { defineEntity, p } from '@mikro-orm/postgresql';
import { quoteIdentifier } from '../../src/statement/change.ts';
import { change, id, notes, ROWS } from './cases.ts';
import type { AcceptanceCase } from './harness.ts';
import { otherKeyCases } from './key-cases.ts';

const LONG = 'what a child has said of the note when nobody was there to listen to it';

function withLongNames(tableName: 'notes' | 'memos') {
  const name = quoteIdentifier(LONG);
  return notes(
    { said: p.text().nullable().fieldName(LONG), ...(tableName === 'memos' ? { size: undefined } : {}) },
    {
      tableName,
      checks: [{ name: 'said', expression: `${name} <> ''` }],
      indexes: [
        { name: 'by_said', expression: `create index "by_said" on ${tableName} (lower(${name}))` },
        { name: 'newest', properties: ['said'], where: `${name} <> ''` },
      ],
    },
  );
}

/** Their foreign key has two columns. */
function childrenAndNotes() {
  const child = defineEntity({ name: 'Child', tableName: "a child's", properties: { id: id(), part: id() } });
  const key = () => p.manyToOne(child).joinColumns('child_id', 'child_part').foreignKeyName('child').nullable();
  return [child, notes({ child: key })];
}

/** A page and the table that it refers to, whose name has a quotation mark. */
function quoted(tableName: string) {
  const book = defineEntity({ name: 'Book', tableName, properties: { id: id() } } as never);
  const page = defineEntity({
    name: 'Page',
    tableName: 'pages',
    properties: { id: id(), book: () => p.manyToOne(book as never).foreignKeyName('of_book') },
  } as never);
  return [book, page];
}

function byCode(length: number, sort: 'ASC' | 'DESC') {
  const columns = [{ name: 'size' }, { name: 'code', sort }];
  const code = p.string().length(length).nullable();
  return notes({ code }, { indexes: [{ name: 'by_code', properties: ['size', 'code'], columns }] });
}

function coded(name: string, length: number) {
  const code = p.string().length(length).nullable().fieldName(name);
  return notes({ code }, { checks: [{ name: 'coded', expression: `${name} <> ''` }] });
}

function inSchool(where: string, sort: 'ASC' | 'DESC') {
  const columns = [{ name: 'size' }, { name: 'title', sort }];
  const indexes = [
    { name: 'i', properties: ['size'], where },
    { name: 'j', properties: ['size', 'title'], columns },
  ];
  return notes({}, { schema: 'school', indexes });
}

function checked(expressions: Readonly<Record<string, string>>, title: 'title' | 'headline') {
  const checks = Object.entries(expressions).map(([name, expression]) => ({ name, expression }));
  return notes({ title: p.text().nullable().fieldName(title) }, { checks });
}

function over(column: string, properties: object) {
  return notes(properties, {
    checks: [{ name: 'measured', expression: `${column} > 0` }],
    indexes: [{ name: 'by_measure', properties: ['title', column] }],
    uniques: [{ name: 'one_measure', properties: [column, 'id'] }],
  });
}

function notesOfNotes() {
  const note: ReturnType<typeof notes> = notes(
    {
      up: () =>
        p
          .manyToOne(note as never)
          .foreignKeyName('up')
          .nullable(),
    },
    {
      indexes: [{ name: 'by_up', properties: ['up'] }],
      checks: [{ name: 'not_itself', expression: 'up_id <> id' }],
    },
  );
  return note;
}

function namedIndexes(ofNotes: string, ofPages: string) {
  const properties = { id: p.integer().primary().autoincrement(false), size: p.integer().nullable() };
  const indexes = [{ name: ofPages, properties: ['size'] }];
  return [
    notes({}, { indexes: [{ name: ofNotes, properties: ['title'] }] }),
    defineEntity({ name: 'Page', tableName: 'pages', indexes, properties } as never),
  ];
}

export const found: readonly AcceptanceCase[] = [
  ...otherKeyCases,
  {
    ...change('a renamed table with long names, an expression index and a dropped column', withLongNames('memos'), {
      decisions: { rename: ['notes:memos'], drop: ['notes.size'] },
      steps: ['rename to "memos"', `drop column if exists "size"`],
      lost: ['notes.size'],
    }),
    before: [withLongNames('notes')],
  } as AcceptanceCase,
  change('a required column whose name PostgreSQL cuts', notes({ grade: p.integer().fieldName(LONG) }), {
    decisions: { fill: [`notes.${LONG.slice(0, 63)}=5`] },
    steps: [`add column if not exists "${LONG.slice(0, 63)}" int null default 5`, 'this.backfill(', 'drop default'],
  }),
  {
    ...change('a dropped table with an apostrophe that another one refers to', notes(), {
      decisions: { drop: ["a child's", 'notes.child_id', 'notes.child_part'] },
      steps: [
        'drop constraint if exists "child"',
        `drop table if exists "a child's"`,
        'drop column if exists "child_id"',
      ],
      lost: ['notes.child_id', 'notes.child_part'],
    }),
    before: childrenAndNotes(),
    rows: ROWS,
  } as AcceptanceCase,
  {
    ...change('an index that changes its order when its column gets longer', byCode(200, 'DESC'), {
      rows: ROWS,
      steps: [
        'type varchar(200)',
        'create index concurrently if not exists "by_code_new"',
        'drop index concurrently if exists "by_code"',
        'rename to "by_code"',
      ],
    }),
    before: [byCode(100, 'ASC')],
  } as AcceptanceCase,
  {
    ...change('changed indexes of a table in another schema', inSchool('size > 10', 'DESC'), {
      rows: 'insert into school.notes (id) values (1)',
      steps: ['alter index "school"."i_new" rename to "i"', 'alter index "school"."j_new" rename to "j"'],
    }),
    before: [inSchool('size > 20', 'ASC')],
  } as AcceptanceCase,
  {
    ...change(
      'a check that becomes what another one was, beside a rename',
      checked({ small: 'size > 0' }, 'headline'),
      {
        decisions: { rename: ['notes.title:headline'] },
        steps: ['"small_new" check (size > 0) not valid', 'drop constraint if exists "small"', 'to "small"'],
      },
    ),
    before: [checked({ positive: 'size > 0', small: 'size < 100' }, 'title')],
  } as AcceptanceCase,
  {
    ...change('a renamed column with a check that gets longer', coded('label', 200), {
      rows: `insert into notes (id, code) select n, 'abc' from generate_series(1, 50) n`,
      decisions: { rename: ['notes.code:label'] },
      steps: ['drop constraint if exists "coded"', 'type varchar(200)', 'add constraint "coded" check', 'validate'],
    }),
    before: [coded('code', 100)],
  } as AcceptanceCase,
  {
    ...change('dropped columns with defaults of another type', notes({ score: p.double().nullable() }), {
      rows: ROWS,
      decisions: { drop: ['notes.total', 'notes.at'] },
      steps: ['alter column "score" drop default', 'drop column if exists "total"', 'drop column if exists "at"'],
      lost: ['notes.total', 'notes.at'],
    }),
    before: [
      notes({
        score: p.double().nullable().defaultRaw('1e3'),
        total: p.bigint().defaultRaw('-1'),
        at: p.datetime().columnType('timestamp').defaultRaw(`date '2020-01-01'`),
      }),
    ],
  } as AcceptanceCase,
  {
    ...change('a dropped required column with a quotation mark', notes(), {
      rows: `insert into notes (id, "a ""grade""") select n, n from generate_series(1, 50) n`,
      decisions: { drop: ['notes.a "grade"'], fill: ['notes.a "grade"=5'] },
      steps: ['alter column "a ""grade""" drop not null', 'drop column if exists "a ""grade"""'],
      lost: ['notes.a "grade"'],
    }),
    before: [notes({ grade: p.integer().fieldName('a "grade"') })],
  } as AcceptanceCase,
  {
    ...change("indexes of two tables that take each other's names", notes(), {
      steps: ['alter index "one" rename to "two_new"', 'rename to "one"', 'alter index "two_new" rename to "two"'],
    }),
    before: namedIndexes('one', 'two'),
    after: namedIndexes('two', 'one'),
    rows: "insert into notes (id, title) values (1, 'a'); insert into pages values (1, 2)",
  } as AcceptanceCase,
  {
    ...change('a renamed table with a quotation mark that another one refers to', notes(), {
      decisions: { rename: ['old "book":new "book"'] },
      steps: ['rename to "new ""book""'],
    }),
    before: quoted('old "book"'),
    after: quoted('new "book"'),
    rows: `insert into "old ""book""" values (1)`,
  } as AcceptanceCase,
  {
    ...change(
      'indexes that become unique, and the other way round, and a check under another name',
      notes(
        {},
        {
          uniques: [
            { name: 'i', properties: ['size'] },
            { name: 'j', properties: ['title'], where: 'size > 3' },
          ],
          indexes: [{ name: 'k', properties: ['title', 'size'] }],
          checks: [{ name: 'positive', expression: 'size > 0' }],
        },
      ),
      {
        steps: [
          'create index concurrently if not exists "k_new"',
          'drop constraint if exists "k"',
          'rename to "k"',
          'create unique index concurrently if not exists "j_new"',
          'drop constraint if exists "j"',
          'rename to "j"',
          'drop index concurrently if exists "i"',
          'rename constraint "i_new" to "i"',
          'drop constraint if exists "size_positive"',
        ],
      },
    ),
    before: [
      notes(
        {},
        {
          indexes: [{ name: 'i', properties: ['size'] }],
          uniques: [
            { name: 'j', properties: ['title'] },
            { name: 'k', properties: ['title', 'size'] },
          ],
          checks: [{ name: 'size_positive', expression: 'size > 0' }],
        },
      ),
    ],
  } as AcceptanceCase,
  change(
    'a required column filled from the row, with a key, a check and an index',
    notes(
      {
        code: p.text().unique('one_code'),
      },
      {
        checks: [{ name: 'coded', expression: `code <> ''` }],
        indexes: [{ name: 'by_code', expression: 'create index by_code on notes (lower(code))' }],
      },
    ),
    {
      decisions: { fill: [`notes.code='c' || id`] },
      steps: [
        'add column if not exists "code" text null',
        "this.backfill('notes', { set: { code:",
        'create unique index concurrently if not exists "one_code"',
        `add constraint "coded" check (code <> '') not valid`,
        "this.backfill('notes', { set: { code:",
      ],
    },
  ),
  {
    ...change(
      'a check, an index and a key over a dropped column and a new one, beside a column computed from it',
      over('weight', { size: undefined, weight: p.integer().default(3) }),
      {
        decisions: { drop: ['notes.size', 'notes.twice'] },
        steps: [
          'add "weight" int not null default 3',
          'drop index concurrently if exists "by_measure"',
          'rename to "by_measure"',
          'drop constraint if exists "measured"',
          'to "measured"',
          'drop constraint if exists "one_measure"',
          'to "one_measure"',
          'drop column if exists "twice"',
          'drop column if exists "size"',
        ],
        lost: ['notes.size', 'notes.twice'],
      },
    ),
    before: [over('size', { twice: p.integer().nullable().generated('(size * 2) stored') })],
  } as AcceptanceCase,
  {
    ...change('a dropped column behind its index, its check and its keys', notes(), {
      decisions: { drop: ['notes.up_id'] },
      steps: [
        'drop constraint if exists "up"',
        'drop index concurrently if exists "by_up"',
        'drop constraint if exists "not_itself"',
        'drop column if exists "up_id"',
      ],
      lost: ['notes.up_id'],
    }),
    before: [notesOfNotes()],
  } as AcceptanceCase,
];
