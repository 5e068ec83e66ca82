import { expect } from 'chai';
import type { ColumnFacts, TableFacts } from '../../src/catalog/facts.ts';
import { createTestDatabase, withClient } from '../support/database.ts';
import { facts, judgeSql, sqlOf, table } from './facts.ts';
import { judgeInTurn } from './in-turn.ts';

const column = (type: string): ColumnFacts => ({ type, notNull: false, hasDefault: false, isGenerated: false });

/** `t` with one column of that type. */
function withColumn(type: string, parts: Partial<TableFacts> = {}) {
  return { facts: facts({ tables: { t: table({ columns: { c: column(type) }, ...parts }) } }) };
}

/** As format_type prints the old type, and as people write the new one. */
const inPlace: [from: string, to: string][] = [
  ['character varying(255)', 'varchar(300)'],
  ['character varying(255)', 'character varying'],
  ['character varying(255)', 'text'],
  ['text', 'varchar'],
  ['character(3)', 'bpchar'],
  ['numeric(10,2)', 'numeric(12, 2)'],
  ['numeric(10,0)', 'decimal(12)'],
  ['numeric(10,2)', 'numeric'],
  ['timestamp(3) without time zone', 'timestamp'],
  ['timestamp without time zone', 'timestamp(6)'],
  ['timestamp(3) with time zone', 'timestamptz(5)'],
  ['time(2) without time zone', 'time(4)'],
  ['time(2) with time zone', 'timetz'],
  ['interval(3)', 'interval(5)'],
  ['interval day to second(3)', 'interval'],
  ['bit varying(3)', 'varbit(5)'],
  ['cidr', 'inet'],
  ['xml', 'text'],
  ['integer', 'int4'],
  ['double precision', 'float8'],
  ['character varying(20)[]', 'varchar(20)[]'],
];

const rewriting: [from: string, to: string][] = [
  ['integer', 'bigint'],
  ['character varying(255)', 'varchar(100)'],
  ['text', 'varchar(255)'],
  ['text', 'uuid'],
  ['character(3)', 'char(5)'],
  ['character(3)', 'text'],
  ['numeric(10,2)', 'numeric(12, 4)'],
  ['numeric', 'numeric(10, 2)'],
  ['timestamp without time zone', 'timestamptz'],
  ['timestamp without time zone', 'timestamp(3)'],
  ['json', 'jsonb'],
  ['character varying(20)[]', 'text[]'],
  ['bit(3)', 'varbit(5)'],
  ['text', 'user_role'],
];

describe('rule column-type', () => {
  for (const [from, to] of inPlace) {
    it(`lets ${from} become ${to} in place`, async () => {
      for (const using of ['', ' using c', ` using c::${to}`]) {
        const verdict = await judgeSql(`alter table t alter column c type ${to}${using}`, withColumn(from));
        expect(verdict, using).to.include({ kind: 'online', rule: 'column-type' });
      }
    });
  }

  for (const [from, to] of rewriting) {
    it(`refuses ${from} to ${to}, which writes every row`, async () => {
      const verdict = await judgeSql(`alter table t alter c type ${to}`, withColumn(from));
      expect(verdict).to.include({ kind: 'refuse', rule: 'column-type' });
      expect(verdict.kind === 'refuse' && verdict.happens).to.include('under an ACCESS EXCLUSIVE lock');
    });
  }

  it('says of a time zone that the session decides', async () => {
    const verdict = await judgeSql('alter table t alter c type timestamptz', withColumn('timestamp without time zone'));
    expect(verdict.kind === 'refuse' && verdict.remedy[0]).to.include('TimeZone');
  });

  for (const more of ['using lower(c)', 'using c::varchar(10)', 'collate "C"']) {
    it(`refuses ${more}`, async () => {
      const text = more.startsWith('collate') ? `text ${more}` : `text ${more}`;
      expect(await judgeSql(`alter table t alter c type ${text}`, withColumn('text'))).to.include({ kind: 'refuse' });
    });
  }

  it('takes the checks of the column away and adds them again, not valid, then validates', async () => {
    const check = { type: 'check', columns: ['c'], isValidated: true, expression: "(c <> ''::text)" } as const;
    const other = { ...check, columns: ['d'], expression: '(d > 0)' };
    const open = { ...check, isValidated: false };
    const context = withColumn('character varying(10)', { constraints: { filled: check, other, open } });
    const verdict = await judgeSql('alter table t alter c type text', context);
    expect(verdict).to.include({ kind: 'replace' });
    expect(sqlOf(verdict)).to.deep.equal([
      'alter table "t" drop constraint if exists "filled"',
      'alter table t alter c type text',
      `alter table "t" add constraint "filled" check ((c <> ''::text)) not valid`,
      'alter table "t" validate constraint "filled"',
    ]);
    const [drop = '', ...rest] = sqlOf(verdict);
    expect(await judgeSql(drop, context)).to.include({ kind: 'online' });
    const after = withColumn('character varying(10)', { constraints: { other, open } });
    for (const sql of rest) {
      expect(await judgeSql(sql, after), sql).to.include({ kind: 'online' });
    }
    expect(await judgeInTurn(verdict, { ...after })).to.deep.equal(['online', 'online', 'online', 'online']);
  });

  it('refuses what would build an index anew, and names the index', async () => {
    const index = (definition: string) => ({ isValid: true, isUnique: false, columns: ['c'], definition });
    const plain = index('CREATE INDEX i ON public.t USING btree (c, d DESC) INCLUDE (e)');
    const partial = index('CREATE INDEX i ON public.t USING btree (d) WHERE (c IS NOT NULL)');
    const expression = index('CREATE UNIQUE INDEX i ON public.t USING btree (lower((c)::text))');
    const sql = 'alter table t alter c type text';
    const judgeWith = (i: typeof plain) => judgeSql(sql, withColumn('character varying(9)', { indexes: { i } }));
    expect(await judgeWith(plain)).to.include({ kind: 'online' });
    expect(await judgeWith(partial)).to.include({ kind: 'refuse' });
    const verdict = await judgeWith(expression);
    expect(verdict.kind === 'refuse' && verdict.remedy).to.include(
      'create unique index concurrently if not exists i ON public.t USING btree (lower((c)::text))',
    );
  });

  it('refuses while views read the table', async () => {
    const verdict = await judgeSql(
      'alter table t alter c type text',
      withColumn('character varying(9)', { dependents: ['v'] }),
    );
    expect(verdict.kind === 'refuse' && verdict.happens).to.include('"v"');
  });

  it('names the tables on both ends of foreign keys', async () => {
    const key = { type: 'primary key', columns: ['c'], isValidated: true } as const;
    const reference = (references: string) =>
      ({ type: 'foreign key', columns: ['c'], isValidated: true, references }) as const;
    const t = table({ columns: { c: column('character varying(9)') }, constraints: { key, up: reference('parents') } });
    const tables = { t, children: table({ constraints: { down: reference('t') } }), parents: table() };
    const verdict = await judgeSql('alter table t alter c type text', { facts: facts({ tables }) });
    expect(verdict.kind === 'online' && verdict.steps[0].locks.map(lock => lock.table)).to.deep.equal([
      't',
      'parents',
      'children',
    ]);
  });

  it('refuses a column that is not known', async () => {
    expect(await judgeSql('alter table t alter d type text', withColumn('text'))).to.include({ kind: 'refuse' });
    expect(await judgeSql('alter table u alter d type text', withColumn('text'))).to.include({ kind: 'refuse' });
  });

  it('agrees with PostgreSQL on which types are written anew', async () => {
    await using database = await createTestDatabase();
    await withClient(database.url, async client => {
      await client.query(`create type user_role as enum ('A'); set timezone = 'Asia/Tokyo'`);
      const file = `select pg_relation_filenode('t') as file`;
      for (const [from, to] of [...inPlace, ...rewriting]) {
        await client.query(`drop table if exists t; create table t (c ${from})`);
        const before = await client.query(file);
        await client.query(`alter table t alter c type ${to} using c::${to}`);
        const after = await client.query(file);
        const isRewritten = before.rows[0].file !== after.rows[0].file;
        expect(isRewritten, `${from} to ${to}`).to.equal(rewriting.some(pair => pair[0] === from && pair[1] === to));
      }
    });
  });
});
