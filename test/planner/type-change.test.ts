import { expect } from 'chai';
import type { Catalog, ColumnCatalog, TableCatalog } from '../../src/catalog/catalog.ts';
import type { ColumnUse } from '../../src/catalog/facts.ts';
import { readDecisions } from '../../src/planner/decisions.ts';
import { planFiles } from '../../src/planner/plan-files.ts';
import { convert } from '../../src/planner/type-change/conversion.ts';
import { facts, table } from '../rules/facts.ts';

const column = (type: string): ColumnCatalog => ({
  type,
  notNull: false,
  default: null,
  generated: '',
  identity: '',
  collation: null,
  comment: null,
  settings: '',
});

function catalog(type: string, parts: Partial<TableCatalog> = {}, views: Record<string, string> = {}): Catalog {
  const lessons = {
    columns: { score: column(type) },
    constraints: {},
    indexes: {},
    triggers: {},
    policies: {},
    comment: null,
    rowSecurity: '',
    partition: '',
    settings: '',
    ...parts,
  };
  const others = { type: {}, statistics: {}, schema: {}, extension: {}, comment: {} };
  const tables = { 'public.lessons': lessons };
  return { version: 18, tables, enums: {}, sequences: {}, views, viewIndexes: {}, routines: {}, others };
}

interface Case {
  readonly from?: string;
  readonly to?: string;
  readonly parts?: Partial<TableCatalog>;
  readonly uses?: readonly Omit<ColumnUse, 'column'>[];
  readonly indexes?: ReturnType<typeof table>['indexes'];
}

async function plan({ from = 'integer', to = 'bigint', parts = {}, uses, indexes = {} }: Case) {
  const lessons = table({
    columns: { score: { type: from, notNull: false, hasDefault: false, isGenerated: false } },
    indexes,
    ...(uses ? { uses: uses.map(use => ({ ...use, column: 'score' })) } : {}),
  });
  const sql = (type: string) => `alter table "lessons" alter column "score" type ${type}`;
  const none = { up: '', down: '' };
  return planFiles({ renames: [], expand: { up: sql(to), down: sql(from) }, contract: none }, readDecisions({}), {
    facts: facts({ tables: { lessons }, indexes: Object.fromEntries(Object.keys(indexes).map(i => [i, 'lessons'])) }),
    sides: { before: catalog(from, parts), after: catalog(to, parts) },
  } as never);
}

describe('the plan of a type change', () => {
  it('is an expand that builds beside, and a contract that swaps in one transaction', async () => {
    const { files, refusals } = await plan({});
    expect(refusals).to.deep.equal([]);
    expect(files.map(({ role, up, down }) => [role, up.length, down.length])).to.deep.equal([
      ['expand', 4, 3],
      ['contract', 4, 10],
    ]);
    expect(files[1]?.up.every(({ swap }) => swap === 'lessons')).to.equal(true);
    expect(files[0]?.about?.name).to.equal('lessons_score_bigint');
    // the old column still has all that the new one had
    expect(files[0]?.down.flatMap(({ hazards }) => hazards)).to.deep.equal([]);
  });

  it('calls the function of its trigger only for rows that are not right yet, where equal is the same', async () => {
    const triggerOf = async (from: string, to: string): Promise<string> => {
      const { files } = await plan({ from, to });
      return /before insert or update on "lessons"(.*)$/.exec(files[0]?.up[2]?.sql ?? '')?.[1] ?? '';
    };
    const call = ' for each row execute function "zz_sync_lessons_score_new"()';
    const when = (value: string) =>
      call.replace(' execute', ` when (new."score_new" is distinct from ${value}) execute`);
    expect(await triggerOf('integer', 'bigint')).to.equal(when('new."score"::bigint'));
    expect(await triggerOf('text', 'uuid')).to.equal(when('new."score"::uuid'));
    for (const to of ['numeric(5,2)', 'jsonb', 'integer[]', 'interval', 'citext']) {
      expect(await triggerOf('text', to), to).to.equal(call);
    }
  });

  it('says in its header what is an error from the expand on, and what is lost in the contract', async () => {
    const about = async (from: string, to: string) => (await plan({ from, to })).files.map(file => file.about);
    expect((await about('integer', 'bigint'))[0]?.order, 'of one table').to.equal(undefined);
    const [widened, swapped] = await about('integer', 'bigint');
    expect(widened?.deploy).to.match(/the old one goes on as it is$/);
    expect(swapped?.loses).to.equal(undefined);
    const [narrowed, rounded] = await about('numeric(12,2)', 'integer');
    expect(narrowed?.deploy).to.include('a value of lessons.score that integer cannot hold is an error');
    expect(rounded?.loses).to.equal('lessons.score is rounded to what integer can hold: the old values are gone');
  });

  it('says in its header what else is an error: a null, and what a constraint refuses that comes with it', async () => {
    const sql = (type: string) => `alter table "lessons" alter column "score" type ${type}`;
    const lessons = table({
      columns: { score: { type: 'integer', notNull: false, hasDefault: false, isGenerated: false } },
    });
    const after = catalog('bigint', {
      columns: { score: { ...column('bigint'), notNull: true } },
      constraints: { one: 'UNIQUE (score)', other: 'CHECK ((points > 0))' },
      indexes: { one: 'CREATE UNIQUE INDEX one ON public.lessons USING btree (score)' },
    });
    const { files } = await planFiles(
      { renames: [], expand: { up: sql('bigint'), down: sql('integer') }, contract: { up: '', down: '' } },
      readDecisions({}),
      { facts: facts({ tables: { lessons } }), sides: { before: catalog('integer'), after } },
    );
    expect(files[0]?.about?.deploy).to.match(
      /From then on a null into lessons.score and what one refuses is an error, for the old release too$/,
    );
  });

  it('says in its header in which order it goes over several tables', async () => {
    const side = (type: string): Catalog => {
      const one = catalog(type);
      return { ...one, tables: { ...one.tables, 'public.notes': one.tables['public.lessons'] as TableCatalog } };
    };
    const fact = { score: { type: 'integer', notNull: false, hasDefault: false, isGenerated: false } };
    const sql = (type: string) =>
      ['lessons', 'notes'].map(name => `alter table "${name}" alter column "score" type ${type};`).join('\n');
    const { files } = await planFiles(
      { renames: [], expand: { up: sql('bigint'), down: sql('integer') }, contract: { up: '', down: '' } },
      readDecisions({}),
      {
        facts: facts({ tables: { lessons: table({ columns: fact }), notes: table({ columns: fact }) } }),
        sides: { before: side('integer'), after: side('bigint') },
      },
    );
    const [expand, contract] = files.map(({ about }) => about);
    expect(expand?.purpose).to.match(/^Prepare lessons.score and notes.score from integer to bigint: /);
    expect(expand?.order).to.match(/^each phase goes over lessons and notes, a table at a time: \(1\) columns/);
    expect(contract?.order).to.include('then lessons and notes change their columns');
  });

  it('leaves what PostgreSQL does in place to it', async () => {
    const { files } = await plan({ from: 'character varying(20)', to: 'text' });
    expect(files.map(({ role }) => role)).to.deep.equal(['expand']);
  });

  it('is refused where the zone of the session would decide what values mean', async () => {
    const { refusals } = await plan({ from: 'timestamp without time zone', to: 'timestamp with time zone' });
    expect(refusals.map(({ rule }) => rule)).to.include('column-type');
  });

  const kinds: ColumnUse['kind'][] = [
    'materialized view',
    'policy',
    'trigger',
    'statistics object',
    'publication',
    'routine',
    'stored generated column',
    'virtual generated column',
    'partition key',
    'replica identity',
    'privilege',
    'inheritance',
  ];
  for (const kind of kinds) {
    it(`is refused with the reason: ${kind}`, async () => {
      const { refusals } = await plan({ uses: [{ kind, name: 'other', isPlain: false }] });
      expect(refusals).to.have.lengthOf(1);
      expect(refusals[0]?.verdict).to.include({ kind: 'refuse' });
    });
  }

  it('lets virtual columns go and come back with it, and is refused for what else hangs on those', async () => {
    const twice = { ...column('bigint'), default: '(score * 2)', generated: 'v' };
    const parts = { constraints: { even: 'CHECK ((twice > score))' } };
    const use: ColumnUse = { column: 'score', kind: 'virtual generated column', name: 'twice', isPlain: false };
    const fact = (type: string, isGenerated: boolean) => ({ type, notNull: false, hasDefault: false, isGenerated });
    const columns = { score: fact('integer', false), twice: fact('bigint', true) };
    const planWith = (uses: ColumnUse[]) => {
      const side = (type: string) => catalog(type, { ...parts, columns: { score: column(type), twice } });
      const sql = (type: string) => `alter table "lessons" alter column "score" type ${type}`;
      const lessons = table({ columns, uses });
      return planFiles(
        { renames: [], expand: { up: sql('bigint'), down: sql('integer') }, contract: { up: '', down: '' } },
        readDecisions({}),
        { facts: facts({ tables: { lessons } }), sides: { before: side('integer'), after: side('bigint') } },
      );
    };
    const { files, refusals } = await planWith([use]);
    expect(refusals).to.deep.equal([]);
    expect(files[1]?.up.map(({ sql }) => sql)).to.include.members([
      'alter table "lessons" drop column if exists "twice"',
      'alter table "lessons" add column if not exists "twice" bigint generated always as ((score * 2)) virtual',
      'alter table "lessons" add constraint "even" check ((twice > score)) not valid',
      'alter table "lessons" validate constraint "even"',
    ]);
    const policy = await planWith([use, { column: 'twice', kind: 'policy', name: 'own', isPlain: false }]);
    expect(JSON.stringify(policy.refusals)).to.include('the policy \\"own\\"');
  });

  it('is refused for a view that would lose something, or that no migration makes', async () => {
    const view = { kind: 'view', name: 'scores' } as const;
    expect((await plan({ uses: [{ ...view, isPlain: false }] })).refusals).to.not.deep.equal([]);
    expect((await plan({ uses: [{ ...view, isPlain: true }] })).refusals).to.not.deep.equal([]);
  });

  it('is refused while another trigger would run behind the one that copies the value', async () => {
    const on = (name: string, when = 'BEFORE'): Case => ({
      parts: {
        triggers: {
          [name]: `CREATE TRIGGER ${name} ${when} UPDATE ON public.lessons FOR EACH ROW EXECUTE FUNCTION f()`,
        },
      },
    });
    expect((await plan(on('zzz'))).refusals.map(({ rule }) => rule)).to.deep.equal(['column-type']);
    expect((await plan(on('audit'))).refusals).to.deep.equal([]);
    expect((await plan(on('zzz', 'AFTER'))).refusals).to.deep.equal([]);
  });

  it('is refused so for a rename in two steps too, with what to type', async () => {
    const triggers = { zzz: 'CREATE TRIGGER zzz BEFORE UPDATE ON public.lessons FOR EACH ROW EXECUTE FUNCTION f()' };
    const before = catalog('integer', { triggers });
    const after = catalog('integer', { triggers, columns: { points: column('integer') } });
    const none = { up: '', down: '' };
    const { refusals } = await planFiles(
      { renames: [], expand: none, contract: none },
      readDecisions({ rename: ['lessons.score:points'], renameInSteps: ['lessons.score:points'] }),
      { facts: facts({ tables: { lessons: table() } }), sides: { before, after } } as never,
    );
    expect(refusals.map(({ rule }) => rule)).to.deep.equal(['rename-column']);
    expect(JSON.stringify(refusals)).to.include('alter trigger \\"zzz\\" on \\"lessons\\" rename to');
  });

  it('is refused for the rename of a generated column, with a way out that fits', async () => {
    const rename = (generated: string) => {
      const own = { ...column('integer'), generated, default: '(id * 2)' };
      const none = { up: '', down: '' };
      const flags = { rename: ['lessons.score:points'], renameInSteps: ['lessons.score:points'] };
      const before = catalog('integer', { columns: { score: own } });
      const after = catalog('integer', { columns: { points: own } });
      return planFiles({ renames: [], expand: none, contract: none }, readDecisions(flags), {
        facts: facts({ tables: { lessons: table() } }),
        sides: { before, after },
      });
    };
    expect(JSON.stringify((await rename('v')).refusals)).to.include('in two changes, both instant');
    expect(JSON.stringify((await rename('s')).refusals)).to.include('or at once, where no running release');
  });

  it('is refused where the column gets another name at once by the same change, with what to do', async () => {
    const sql = 'alter table "lessons" alter column "points" type bigint';
    const rename = (from: string, to: string) => `alter table "lessons" rename column "${from}" to "${to}"`;
    const { refusals } = await planFiles(
      {
        renames: [{ name: 'lessons.score', up: rename('score', 'points'), down: rename('points', 'score') }],
        expand: { up: sql, down: sql.replace('bigint', 'integer') },
        contract: { up: '', down: '' },
      },
      readDecisions({ rename: ['lessons.score:points'] }),
      {
        facts: facts({ tables: { lessons: table() } }),
        sides: { before: catalog('integer'), after: catalog('bigint', { columns: { points: column('bigint') } }) },
      },
    );
    expect(refusals.map(({ rule }) => rule)).to.deep.equal(['column-type']);
    expect(JSON.stringify(refusals)).to.include('make two changes of it: first the new name with the old type');
  });

  it('is refused while an index of somebody else would go with the column', async () => {
    const definition = 'CREATE INDEX theirs ON public.lessons USING btree (id) WHERE (score > 1)';
    const theirs = { isValid: true, isUnique: false, columns: ['id'], definition };
    const { refusals } = await plan({ indexes: { theirs } });
    expect(refusals.map(({ rule }) => rule)).to.deep.equal(['swap']);
    const own = await plan({ indexes: { theirs }, parts: { indexes: { theirs: definition } } });
    expect(own.refusals).to.deep.equal([]);
  });
});

describe('a value in another type', () => {
  const cases: [from: string, to: string, sql: string | undefined][] = [
    ['integer', 'bigint', 'c::bigint'],
    ['character varying(20)', 'integer', 'c::integer'],
    ['numeric(10,2)', 'integer', 'c::integer'],
    ['json', 'jsonb', 'c::jsonb'],
    ['integer[]', 'bigint[]', 'c::bigint[]'],
    ['color', 'kind', 'c::text::kind'],
    ['integer', 'uuid', 'c::text::uuid'],
    // a cast to a length would cut off the rest
    ['text', 'character varying(20)', 'c::character varying'],
    ['uuid', 'character(36)', 'c::bpchar'],
    ['text[]', 'character varying(20)[]', 'c::character varying[]'],
    ['bit varying(8)', 'bit(8)', 'c::bit varying'],
    ['boolean', 'integer', 'c::integer'],
    ['boolean', 'bigint', 'c::integer::bigint'],
    ['integer', 'boolean', 'c::text::boolean'],
    ['timestamp without time zone', 'date', 'c::date'],
    ['timestamp without time zone', 'timestamp with time zone', undefined],
    ['date', 'timestamp(3) with time zone', undefined],
  ];
  for (const [from, to, sql] of cases) {
    it(`${from} to ${to}: ${sql ?? 'only with a zone'}`, () => expect(convert('c', { from, to })).to.equal(sql));
  }
});
