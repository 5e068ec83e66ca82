import { expect } from 'chai';
import type { TableFacts } from '../../src/catalog/facts.ts';
import type { JudgedStatement } from '../../src/planner/judge-migration.ts';
import { operationsOf } from '../../src/planner/operations.ts';
import { turnRound } from '../../src/planner/turn-round.ts';
import { facts, table } from '../rules/facts.ts';

const TO_INDEX = [
  'create index concurrently if not exists k_new on a (b)',
  'alter table a drop constraint if exists k',
  'alter index k_new rename to k',
];
const TO_CONSTRAINT = [
  'create unique index concurrently if not exists k_new on a (b)',
  'alter table a add constraint k_new unique using index k_new',
  'drop index concurrently if exists k',
  'alter table a rename constraint k_new to k',
];

function judged(statements: readonly string[]): Promise<JudgedStatement[]> {
  return Promise.all(statements.map(async sql => ({ sql, operations: await operationsOf(sql) })));
}

async function left(own: readonly string[], other: readonly string[], parts: Partial<TableFacts>): Promise<string[]> {
  const a = table({ columns: { b: {} as never }, ...parts });
  const indexes = Object.fromEntries(Object.keys(parts.indexes ?? {}).map(name => [name, 'a']));
  const turned = turnRound(await judged(own), await judged(other), facts({ tables: { a }, indexes }));
  return turned.flatMap(({ operations }) => operations.map(({ sql }) => sql));
}

const unique = { type: 'unique', columns: ['b'], isValidated: true } as const;
const index = (name: string, isUnique = false) => ({
  [name]: { isValid: true, isUnique, columns: ['b'], definition: '', ...(isUnique ? { constraint: name } : {}) },
});

describe('a migration that turns round half-way', () => {
  it('leaves alone what it would replace by the very same, and takes away what was built for it', async () => {
    const stands = { constraints: { k: unique }, indexes: { ...index('k', true), ...index('k_new') } };
    expect(await left(TO_CONSTRAINT, TO_INDEX, stands)).to.deep.equal(['drop index concurrently if exists "k_new"']);
    expect(await left(TO_INDEX, TO_CONSTRAINT, { indexes: index('k') })).to.deep.equal([]);
  });

  it('replaces what the other way has replaced', async () => {
    expect(await left(TO_CONSTRAINT, TO_INDEX, { indexes: index('k') })).to.deep.equal(TO_CONSTRAINT);
    const replaced = { constraints: { k: unique }, indexes: index('k', true) };
    expect(await left(TO_INDEX, TO_CONSTRAINT, replaced)).to.deep.equal(TO_INDEX);
  });

  it('makes again, and validates, a check that was to come back, and drops the bounds of a detached partition', async () => {
    const other = [
      'alter table a drop constraint if exists c',
      'alter table a alter column b type varchar(9)',
      'alter table a add constraint c check (b <> 1) not valid',
      'alter table a validate constraint c',
    ];
    const own = ['alter table a alter column b type varchar(5)'];
    expect(await left(own, other, {})).to.deep.equal([other[2], other[3], own[0]]);
    const added = { type: 'check', columns: ['b'], isValidated: false } as const;
    expect(await left(own, other, { constraints: { c: added } })).to.deep.equal([other[3], own[0]]);
    const bounds = { ...added, isValidated: true, expression: '((b IS NOT NULL) AND (b >= 1) AND (b < 2))' };
    expect(
      await left(
        ['alter table p attach partition a for values from (1) to (2)'],
        ['alter table p detach partition a concurrently'],
        { constraints: { a_b_check: bounds, mine_check: { ...bounds, expression: 'b IS NOT NULL' } } },
      ),
    ).to.deep.equal([
      'alter table p attach partition a for values from (1) to (2)',
      'alter table "a" drop constraint if exists "a_b_check"',
    ]);
  });

  it('leaves a check of a partition that its table hands down', async () => {
    const ofTable = {
      type: 'check',
      columns: ['b'],
      isValidated: true,
      expression: '((b IS NOT NULL) AND (b > 0))',
    } as const;
    const bounds = { ...ofTable, expression: '((b IS NOT NULL) AND (b >= 1) AND (b < 2))' };
    const tables = {
      a: table({ constraints: { p_b_check: ofTable, a_b_check: bounds } }),
      p: table({ kind: 'partitioned', constraints: { p_b_check: ofTable } }),
    };
    const attach = 'alter table p attach partition a for values from (1) to (2)';
    const [own, other] = [await judged([attach]), await judged(['alter table p detach partition a concurrently'])];
    const turned = turnRound(own, other, facts({ tables }));
    expect(turned.flatMap(({ operations }) => operations.map(({ sql }) => sql))).to.deep.equal([
      attach,
      'alter table "a" drop constraint if exists "a_b_check"',
    ]);
  });
});
