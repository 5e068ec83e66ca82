/** What is worth knowing before it becomes a trouble. None of it changes the exit code. */
import { quoteIdentifier } from '../../statement/change.ts';
import { renderCount } from '../../terminal/progress-bar.ts';
import type { Finding } from '../finding.ts';
import type { ForeignKeyNote, IndexNote, Patient } from '../patient.ts';

/** From here on a counter has to be looked after: a change of type takes its time. */
const NEAR = 0.7;
/** An index that a month has not needed; smaller ones cost nothing worth a word. */
const UNUSED = { days: 30, bytes: 10_000_000 } as const;

export function findAdvice(patient: Patient): Finding[] {
  return [
    ...duplicates(patient.indexes),
    ...unused(patient.indexes),
    ...foreignKeysWithoutIndex(patient),
    ...mismatchedForeignKeys(patient),
    ...countersNearTheirEnd(patient),
    ...tablesWithoutKey(patient),
    ...missingPrivileges(patient),
  ].map(finding => ({ ...finding, severity: 'advice' }));
}

type Advice = Omit<Finding, 'severity'>;

function duplicates(indexes: readonly IndexNote[]): Advice[] {
  const alike = [...Map.groupBy(indexes, ({ likeness }) => likeness).values()].filter(({ length }) => length > 1);
  return alike.flatMap(([kept, ...more]) => {
    const gone = more.filter(({ isUnique, isOfConstraint }) => !isUnique && !isOfConstraint);
    return !kept || gone.length === 0
      ? []
      : [
          {
            id: 'duplicate-index',
            title: `Indexes that do the same on ${kept.table}`,
            subject: [kept, ...gone].map(({ index }) => index).join('\n'),
            happens: `${list(gone.map(({ index }) => index))} has the columns of ${kept.index}, in the same order.`,
            hurts: 'Every write pays for each of them; reads use one.',
            remedy: 'Leave the other out of the entity, then npm run migrate:create',
          },
        ];
  });
}

function unused(indexes: readonly IndexNote[]): Advice[] {
  const idle = indexes.filter(
    ({ scans, isUnique, isOfConstraint, bytes, countedForDays }) =>
      scans === 0 && !isUnique && !isOfConstraint && bytes >= UNUSED.bytes && countedForDays >= UNUSED.days,
  );
  return idle.map(({ index, table, bytes, countedForDays }) => ({
    id: 'unused-index',
    title: `An index that nothing reads: ${index} on ${table}`,
    happens: `Not one scan in ${Math.floor(countedForDays)} days; it takes ${renderCount(bytes / 1_000_000)} MB. Replicas count for themselves.`,
    hurts: 'Every write pays for it.',
    remedy: 'If no replica uses it either: leave it out of the entity, then npm run migrate:create',
  }));
}

function foreignKeysWithoutIndex({ foreignKeys }: Patient): Advice[] {
  const bare = foreignKeys.filter(({ isIndexed }) => !isIndexed);
  return bare.length === 0
    ? []
    : [
        {
          id: 'foreign-key-index',
          title: 'Foreign keys without an index',
          subject: bare.map(describeForeignKey).join('\n'),
          happens: 'To delete a row that is pointed to, PostgreSQL reads the whole table that points to it.',
          hurts: 'One delete locks its row for as long as that takes.',
          remedy: 'Where rows are deleted: an index on these columns in the entity, then npm run migrate:create',
        },
      ];
}

function describeForeignKey({ table, constraint, columns, references }: ForeignKeyNote): string {
  return `${table} (${columns.join(', ')}) → ${references}  ${constraint}`;
}

function mismatchedForeignKeys({ foreignKeys }: Patient): Advice[] {
  const unlike = foreignKeys.filter(({ isMismatched }) => isMismatched);
  return unlike.length === 0
    ? []
    : [
        {
          id: 'foreign-key-types',
          title: 'Foreign keys whose ends differ',
          subject: unlike.map(describeForeignKey).join('\n'),
          happens: 'The column has another type or collation than the one that it points to.',
          hurts: 'Each check and join converts the value; a key that grows to bigint ends at the smaller type.',
          remedy: 'The same type in both entities, then npm run migrate:create',
          reference: 'docs/type-changes.md',
        },
      ];
}

function countersNearTheirEnd({ counters }: Patient): Advice[] {
  return counters
    .filter(({ last, most }) => last / most >= NEAR)
    .map(({ column, type, last, most }) => ({
      id: 'near-end',
      title: `A counter near its end: ${column}`,
      happens: `${renderCount(last)} of ${renderCount(most)} (${type}) are used: ${Math.floor((last / most) * 100)} %.`,
      hurts: 'At the end every insert fails.',
      remedy:
        'Now, while there is time: p.bigint() in the entity, then npm run migrate:create; the rows change over while everybody goes on',
      reference: 'docs/type-changes.md',
    }));
}

function tablesWithoutKey({ tables }: Patient): Advice[] {
  const bare = tables.filter(({ hasPrimaryKey }) => !hasPrimaryKey).map(({ table }) => table);
  return bare.length === 0
    ? []
    : [
        {
          id: 'no-primary-key',
          title: 'Tables without a primary key',
          subject: bare.join('\n'),
          happens: 'Nothing tells two of their rows apart.',
          hurts: 'Logical replication cannot change their rows, and rows in the way can only be shown by their place.',
          remedy: 'A primary key in the entity, then npm run migrate:create',
        },
      ];
}

/** Of the next migrations: they alter our tables, and make new things in their schemas. */
function missingPrivileges({ tables, privileges }: Patient): Advice[] {
  const { role, closedSchemas } = privileges;
  const foreign = tables.filter(({ isOwned }) => !isOwned).map(({ table }) => table);
  return foreign.length + closedSchemas.length === 0
    ? []
    : [
        {
          id: 'privilege',
          title: `${role} lacks what the next migration needs`,
          subject: [
            ...foreign.map(table => `does not own ${table}`),
            ...closedSchemas.map(schema => `may not create in the schema ${schema}`),
          ].join('\n'),
          happens: 'Only the owner of a table may alter it, and a new table needs "create" on its schema.',
          hurts: 'The run would stop at the first such step.',
          remedy: [
            'As the owner, or a superuser:',
            ...foreign.map(
              table =>
                `  alter table ${table.split('.').map(quoteIdentifier).join('.')} owner to ${quoteIdentifier(role)};`,
            ),
            ...closedSchemas.map(
              schema => `  grant create on schema ${quoteIdentifier(schema)} to ${quoteIdentifier(role)};`,
            ),
          ],
          reference: 'docs/deploy.md',
        },
      ];
}

function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
