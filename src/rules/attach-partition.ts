/**
 * What PostgreSQL reads, builds and locks while a table becomes a partition: measured on 15 and 18.
 * https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-ATTACH-PARTITION
 */
import type { ConstraintFacts, IndexFacts, TableFacts } from '../catalog/facts.ts';
import { generateName } from '../catalog/generated-names.ts';
import type { TableLock } from '../plan/plan.ts';
import { type ObjectName, quoteIdentifier, quoteName, quoteRendered, renderName } from '../statement/change.ts';
import { readTokens, type Token } from '../statement/tokens.ts';
import { isProvenNotNull, locksOn, shown } from './alter-table.ts';
import { foreignKeysOf, tablesReferring } from './drops.ts';
import { findTable, isEmptyTable, type RuleContext, type Verdict } from './rule.ts';
import { indexOfWords } from './words.ts';

export interface Attachment {
  readonly table: ObjectName;
  readonly partition: ObjectName;
  /** From `for values …` or `default` on. */
  readonly bound: readonly Token[];
}

type Refusal = Extract<Verdict, { kind: 'refuse' }>;

/** Where `for values …` or `default` begins; -1 without. */
export function boundOf(tokens: readonly Token[]): number {
  const forValues = indexOfWords(tokens, 'for values');
  return forValues >= 0 ? forValues : indexOfWords(tokens, 'default');
}

/** What would be read or built under an ACCESS EXCLUSIVE lock; undefined where nothing would. */
export function refuseAttach(attachment: Attachment, context: RuleContext): Refusal | undefined {
  const { table, partition } = attachment;
  const own = isEmptyTable(partition, context)
    ? []
    : [missingProof(attachment, context), missingIndexes(attachment, context), missingKeys(attachment, context)];
  const [first, ...more] = [...own, missingDefaultProof(attachment, context)].filter(each => each !== undefined);
  if (!first) {
    return undefined;
  }
  const remedy = [first, ...more].flatMap(each => each.remedy);
  return { ...first, remedy: [...remedy, `then attach ${shown(partition)} to ${shown(table)}, and drop the checks`] };
}

export function attachLocks({ table, partition }: Omit<Attachment, 'bound'>, context: RuleContext): TableLock[] {
  const child = findTable(partition, context);
  const keys = foreignKeysOf(table, context).flatMap(({ constraint, parent }) =>
    locksOn([parent], child && hasKey(child, constraint) ? 'ACCESS EXCLUSIVE' : 'SHARE ROW EXCLUSIVE', context),
  );
  return unique([
    ...locksOn([table], 'SHARE UPDATE EXCLUSIVE', context),
    ...locksOn([partition], 'ACCESS EXCLUSIVE', context),
    ...defaultLocks(table, context),
    ...keys,
    ...tablesReferring(table, context).map(name => ({ table: name, mode: 'SHARE ROW EXCLUSIVE' }) as const),
  ]);
}

/** That on the default partition, whose bounds are all that is left. */
export function defaultLocks(table: ObjectName, context: RuleContext): TableLock[] {
  const name = findTable(table, context)?.defaultPartition;
  return name === undefined || context.newTables.has(name) ? [] : [{ table: name, mode: 'ACCESS EXCLUSIVE' }];
}

/** Of several locks on one table the first: they are listed with the strongest first. */
export function unique(locks: readonly TableLock[]): TableLock[] {
  return locks.filter(({ table }, at) => locks.findIndex(other => other.table === table) === at);
}

function missingProof({ table, partition, bound }: Attachment, context: RuleContext): Refusal | undefined {
  const keys = findTable(table, context)?.uses?.filter(({ kind }) => kind === 'partition key') ?? [];
  const facts = findTable(partition, context);
  const mayBeNull = bound.some(({ word }) => word === 'null' || word === 'default' || word === 'modulus');
  const isNotNull = mayBeNull || keys.every(({ column }) => isProvenNotNull(facts, column));
  return isNotNull && hasProof(facts, bound)
    ? undefined
    : {
        kind: 'refuse',
        happens: `PostgreSQL reads all of ${shown(partition)} under an ACCESS EXCLUSIVE lock to see that each row is within the bounds.`,
        hurts: `Every read and write of ${shown(partition)} waits until it has read the last row.`,
        remedy: [
          `alter table ${quoteName(partition)} add constraint … check (the column is not null and within the bounds) not valid;`,
          `alter table ${quoteName(partition)} validate constraint …;`,
        ],
      };
}

/** A validated check that names each value of the bounds. PostgreSQL itself has the last word. */
function hasProof(table: TableFacts | undefined, bound: readonly Token[], { isOutside = false } = {}): boolean {
  const values = bound.filter(({ text }) => /^['\d]/.test(text)).map(({ text }) => text.replace(/'$/, ''));
  const isRange = indexOfWords(bound, 'from') >= 0;
  return (
    values.length > 0 &&
    Object.values(table?.constraints ?? {}).some(({ type, isValidated, expression = '' }) => {
      const words = readTokens(expression).map(({ word }) => word);
      const isWider = isRange && !isOutside && words.includes('or');
      return type === 'check' && isValidated && !isWider && values.every(value => expression.includes(value));
    })
  );
}

function missingIndexes({ table, partition }: Attachment, context: RuleContext): Refusal | undefined {
  const [parent, child] = [findTable(table, context), findTable(partition, context)];
  const missing = Object.values(parent?.indexes ?? {}).filter(index => !hasIndex(child, index, parent));
  return missing.length === 0
    ? undefined
    : {
        kind: 'refuse',
        happens: `PostgreSQL builds the indexes of ${shown(table)} that ${shown(partition)} lacks under an ACCESS EXCLUSIVE lock.`,
        hurts: `Every read and write of ${shown(partition)} waits until they are built.`,
        remedy: missing.flatMap(index => buildIndex(index, { table, partition }, context)),
      };
}

function hasIndex(child: TableFacts | undefined, wanted: IndexFacts, parent: TableFacts | undefined): boolean {
  const constraint = wanted.constraint === undefined ? undefined : parent?.constraints[wanted.constraint]?.type;
  return Object.values(child?.indexes ?? {}).some(
    own =>
      own.isValid &&
      own.isUnique === wanted.isUnique &&
      (constraint === undefined || child?.constraints[own.constraint ?? '']?.type === constraint) &&
      isSameKey(own, wanted),
  );
}

/** The statement of this migration that made it is not kept in all its words: the columns have to do then. */
function isSameKey(own: IndexFacts, wanted: IndexFacts): boolean {
  const key = ({ definition }: IndexFacts): string => keyOf(definition).replaceAll(/["\s]/g, '').toLowerCase();
  return (
    key(own) === key(wanted) || (own.definition.startsWith('create ') && own.columns.join() === wanted.columns.join())
  );
}

/** `using btree (a, b desc) where …`, without storage settings. */
function keyOf(definition: string): string {
  return (/\susing\s.*$/is.exec(definition)?.[0] ?? definition).replace(/ WITH \([^)]*\)/, '').trim();
}

function buildIndex(
  { isUnique, columns, definition, constraint }: IndexFacts,
  { table, partition }: Omit<Attachment, 'bound'>,
  context: RuleContext,
): string[] {
  const type = constraint === undefined ? undefined : findTable(table, context)?.constraints[constraint]?.type;
  const label = type === 'primary key' ? 'pkey' : type === 'unique' ? 'key' : 'idx';
  const name = quoteIdentifier(generateName({ table: partition, columns, label }, context.facts));
  const kind = isUnique ? 'unique index' : 'index';
  const create = `create ${kind} concurrently if not exists ${name} on ${quoteName(partition)} ${keyOf(definition)};`;
  return type === 'primary key' || type === 'unique'
    ? [create, `alter table ${quoteName(partition)} add constraint ${name} ${type} using index ${name};`]
    : [create];
}

function missingKeys({ table, partition }: Attachment, context: RuleContext): Refusal | undefined {
  const child = findTable(partition, context);
  const missing = foreignKeysOf(table, context).filter(({ constraint }) => !(child && hasKey(child, constraint)));
  const parents = missing.map(({ parent }) => shown(parent)).join(', ');
  const alter = `alter table ${quoteName(partition)}`;
  return missing.length === 0
    ? undefined
    : {
        kind: 'refuse',
        happens: `PostgreSQL looks up every row of ${shown(partition)} in ${parents}, under an ACCESS EXCLUSIVE lock.`,
        hurts: `Every read and write of ${shown(partition)}, and every write of ${parents}, waits until it has looked up the last one.`,
        remedy: missing.flatMap(({ name, constraint }) => [
          `${alter} add constraint ${quoteIdentifier(name)} ${renderKey(constraint, context)} not valid;`,
          `${alter} validate constraint ${quoteIdentifier(name)};`,
        ]),
      };
}

function renderKey({ columns, references = '', key = '', rules }: ConstraintFacts, { facts }: RuleContext): string {
  const list = (names: readonly string[]): string => `(${names.map(quoteIdentifier).join(', ')})`;
  const wanted = facts.tables[references]?.indexes[key]?.columns ?? [];
  const parent = [quoteRendered(references), ...(wanted.length > 0 ? [list(wanted)] : []), ...(rules ? [rules] : [])];
  return `foreign key ${list(columns)} references ${parent.join(' ')}`;
}

/** With the same rules: PostgreSQL takes no other one over. */
function hasKey({ constraints }: TableFacts, wanted: ConstraintFacts): boolean {
  return Object.values(constraints).some(
    ({ type, columns, references, isValidated, rules }) =>
      type === 'foreign key' &&
      isValidated &&
      rules === wanted.rules &&
      references === wanted.references &&
      columns.join() === wanted.columns.join(),
  );
}

function missingDefaultProof({ table, partition, bound }: Attachment, context: RuleContext): Refusal | undefined {
  const [lock] = defaultLocks(table, context);
  if (
    !lock ||
    lock.table === renderName(partition) ||
    hasProof(context.facts.tables[lock.table], bound, { isOutside: true })
  ) {
    return undefined;
  }
  const alter = `alter table ${quoteRendered(lock.table)}`;
  return {
    kind: 'refuse',
    happens: `PostgreSQL reads all of the default partition "${lock.table}" under an ACCESS EXCLUSIVE lock, for rows that belong to ${shown(partition)}.`,
    hurts: `Every query of ${shown(table)} that may find rows there waits until it has read the last one.`,
    remedy: [
      `${alter} add constraint … check (not (the column is not null and within the bounds)) not valid;`,
      `${alter} validate constraint …;`,
    ],
  };
}
