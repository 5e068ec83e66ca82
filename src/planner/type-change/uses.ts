/** What else hangs on a column that changes its type: views are rebuilt in the swap, the rest has no online form. Pure. */
import type { ColumnUse, DatabaseFacts } from '../../catalog/facts.ts';
import { quoteIdentifier, renderName } from '../../statement/change.ts';
import type { Refusal } from '../judge-migration.ts';
import { type Sides, SYNC_PREFIX, type TypeChangeRequest, triggersBehind } from './move.ts';
import { catalogKey, findParts, isPrimary, type NamedDefinition } from './parts.ts';
import { findVirtuals } from './virtuals.ts';

/** Plain views over the columns, those that others read first; `definition` is the query. */
export function findViews(
  requests: readonly Pick<TypeChangeRequest, 'table' | 'column'>[],
  facts: DatabaseFacts,
  { before, after }: Sides,
): NamedDefinition[] {
  const computed = [...Map.groupBy(requests, ({ table }) => renderName(table)).values()].flatMap(own => {
    const table = own[0]?.table ?? { name: '' };
    return virtualsOf(own, { before, after }).map(column => ({ table, column }));
  });
  const direct = [...requests, ...computed].flatMap(request =>
    usesOf(request, facts)
      .filter(({ kind }) => kind === 'view')
      .map(({ name }) => name),
  );
  const found: string[] = [];
  const follow = (name: string): void => {
    if (!found.includes(name)) {
      found.push(name);
      facts.tables[name]?.dependents.forEach(follow);
    }
  };
  direct.forEach(follow);
  return found.map(name => ({ name, definition: before.views[catalogKey({ name })] ?? '' }));
}

/** Those that the swap of the table drops and adds again. @param requests all of one table. */
export function virtualsOf(
  requests: readonly Pick<TypeChangeRequest, 'table' | 'column'>[],
  { before, after }: Sides,
): string[] {
  const key = catalogKey(requests[0]?.table ?? { name: '' });
  const columns = requests.map(({ column }) => column);
  return findVirtuals(columns, { before: before.tables[key], after: after.tables[key] });
}

/** @param requests what would go beside; each reason is one refusal. */
export function refuseUses(
  requests: readonly (TypeChangeRequest & { readonly sql: string })[],
  facts: DatabaseFacts,
  sides: Sides,
): Refusal[] {
  return requests.flatMap(request =>
    reasonsAgainst(request, facts, sides).map(([what, remedy], index) => ({
      statement: index + 1,
      sql: request.sql,
      rule: 'column-type',
      verdict: {
        kind: 'refuse',
        happens: `PostgreSQL writes the table anew for another type of ${quoteIdentifier(request.column)}, and beside it no second column can take its place: ${what}.`,
        hurts: `Every read and write of "${renderName(request.table)}" would wait until the last row is written.`,
        remedy: [remedy],
      },
    })),
  );
}

type Reason = readonly [what: string, remedy: string];

function reasonsAgainst(request: TypeChangeRequest, facts: DatabaseFacts, sides: Sides): Reason[] {
  const virtuals = virtualsOf([request], sides);
  const uses = [
    ...usesOf(request, facts).filter(({ kind, name }) => !kind.startsWith('virtual') || !virtuals.includes(name)),
    ...virtuals.flatMap(column => usesOf({ table: request.table, column }, facts)),
  ].map(use => reasonAgainst(use));
  const views = findViews([request], facts, sides)
    .filter(({ name, definition }) => definition === '' || facts.tables[name]?.kind !== 'view')
    .map(
      ({ name }): Reason => [
        `"${name}" reads it and is not made by a migration, or not a plain view`,
        `drop "${name}" in a migration before, and create it again behind`,
      ],
    );
  const table = sides.after.tables[catalogKey(request.table)];
  const exclusions = (table ? findParts(table, [request.column]).exclusions : []).map(
    ({ name }): Reason => [
      `the exclusion constraint "${name}" can only be built under a lock on all writes`,
      `a table of the new form beside this one, or assumeSafe while nobody writes`,
    ],
  );
  const primary =
    facts.tables[renderName(request.table)]?.kind === 'partitioned'
      ? (table ? findParts(table, [request.column]).keys : [])
          .filter(isPrimary)
          .map(
            ({ name }): Reason => [
              `the primary key "${name}" of a partitioned table takes no index that was built before`,
              'a new partitioned table beside this one, filled and swapped as a whole',
            ],
          )
      : [];
  const behind = triggersBehind(sides.before.tables[catalogKey(request.table)]).map(
    (name): Reason => [
      `the trigger "${name}" would run behind the one that copies the value, and may change it once more`,
      `alter trigger "${name}" on … rename to a name that sorts in front of "${SYNC_PREFIX}"`,
    ],
  );
  return [
    ...uses.filter(reason => reason !== undefined),
    ...views,
    ...exclusions,
    ...primary,
    ...behind,
    ...otherIdentity(request, sides),
  ];
}

/** The old column's numbers would have to go to a default, or come from one. */
function otherIdentity({ table, column }: TypeChangeRequest, { before, after }: Sides): Reason[] {
  const [from, to] = [before, after].map(({ tables }) => tables[catalogKey(table)]?.columns[column]?.identity);
  return from === to
    ? []
    : [['how it numbers itself (identity) changes by the same change', 'make one change at a time, in two migrations']];
}

function reasonAgainst({ kind, name, isPlain }: ColumnUse): Reason | undefined {
  const own = quoteIdentifier(name);
  const again = `drop it in a migration before, and create it again in one behind the contract`;
  switch (kind) {
    case 'view':
      return isPlain
        ? undefined
        : [`the view ${own} has options, privileges, comments or triggers that a rebuilt one would lose`, again];
    case 'materialized view':
      return [`the materialized view ${own} holds what it read, and only its query could fill a new one`, again];
    case 'policy':
      return [`the policy ${own} decides by it who sees which row, and would be gone for a moment`, again];
    case 'trigger':
      return [`the trigger ${own} names it in its "update of" or "when"`, again];
    case 'routine':
      return [`the body of the routine ${own} is bound to it`, again];
    case 'publication':
      return [`the publication ${own} lists it, and subscribers would get another column`, again];
    case 'statistics object':
      return [`the statistics object ${own} is about it`, again];
    case 'stored generated column':
      return [
        `the generated column ${own} is stored, and computing it anew writes every row`,
        `drop ${own} in a migration before; it can come back as a virtual column (PostgreSQL 18), or as a plain one with a trigger`,
      ];
    case 'virtual generated column':
      return [
        `the generated column ${own} is computed from it, and is a column of its own or a stored one in the same change`,
        `make that change of ${own} by itself, in a migration before or behind`,
      ];
    case 'partition key':
      return [
        `it is part of the partition key`,
        'a new partitioned table beside this one, filled and swapped as a whole',
      ];
    case 'replica identity':
      return [
        `logical replication finds rows by the index ${own}`,
        `alter table … replica identity using index … on the new one, after a look at the subscribers`,
      ];
    case 'identity':
      // the swap moves it
      return undefined;
    case 'privilege':
      return [`privileges were granted on the column alone`, 'grant them on the table or a view instead'];
    case 'inheritance':
      return [`the table inherits from, or hands down to, ${own}`, `change the type on the table at the top`];
    default:
      return kind satisfies never;
  }
}

function usesOf(
  { table, column }: Pick<TypeChangeRequest, 'table' | 'column'>,
  { tables }: DatabaseFacts,
): ColumnUse[] {
  return (tables[renderName(table)]?.uses ?? []).filter(use => use.column === column);
}
