import type { IndexFacts, TableFacts } from '../catalog/facts.ts';
import type { TableLock } from '../plan/plan.ts';
import { type ChangeOf, quoteIdentifier, quoteName, renderName } from '../statement/change.ts';
import { readTokens } from '../statement/tokens.ts';
import { foreignKeysOn, refuseWhileNeeded } from './drops.ts';
import { online, type Rule, type RuleContext, step, type Verdict } from './rule.ts';

const id = 'drop-index-concurrently';

type DropIndex = ChangeOf<'drop index'>;

/** A plain `drop index` waits for everybody on the table, and everybody behind it waits too. H08. */
export const dropIndexConcurrently: Rule = {
  id,
  title: 'An index is dropped concurrently',
  judge({ sql, change }, context) {
    if (change.kind !== 'drop index') {
      return undefined;
    }
    const found = findIndex(change, context);
    const refusal = refuse(change, found, context);
    if (refusal) {
      return refusal;
    }
    const locks: TableLock[] = found ? [{ table: found.table, mode: 'SHARE UPDATE EXCLUSIVE' }] : [];
    const hazards = found?.facts ? guards(found.index, found.facts) : [];
    const parts = { rule: id, phase: 'contract', locks, transactional: false, hazards } as const;
    const isOne = !readTokens(sql).some(({ text }) => text === ',');
    if (change.concurrently && change.ifExists && isOne) {
      return online({ ...parts, sql });
    }
    const table = found ? `"${found.table}"` : 'its table';
    return {
      kind: 'replace',
      happens: change.concurrently
        ? 'A second run, after one that failed, finds the index gone.'
        : `PostgreSQL takes an ACCESS EXCLUSIVE lock on ${table} to drop the index.`,
      hurts: change.concurrently
        ? 'The migration cannot go on from where it stopped.'
        : `Every read and write of ${table} waits behind it, for as long as it waits itself.`,
      steps: [step({ ...parts, sql: `drop index concurrently if exists ${quoteName(change.index)}` })],
    };
  },
};

interface Found {
  readonly table: string;
  readonly facts?: TableFacts;
  readonly index?: IndexFacts;
}

function findIndex({ index }: DropIndex, { facts }: RuleContext): Found | undefined {
  const name = renderName(index);
  const table = facts.indexes[name];
  const own = table === undefined ? undefined : facts.tables[table];
  const at = own?.indexes[name] ?? own?.indexes[index.name];
  return table === undefined ? undefined : { table, ...(own ? { facts: own } : {}), ...(at ? { index: at } : {}) };
}

function refuse({ index, cascade }: DropIndex, found: Found | undefined, context: RuleContext): Verdict | undefined {
  const name = renderName(index);
  const children = found ? foreignKeysOn(found.table, index.name, context) : [];
  if (found?.index?.constraint !== undefined) {
    return {
      kind: 'refuse',
      happens: `"${name}" belongs to the constraint "${found.index.constraint}" of "${found.table}", and PostgreSQL does not drop it alone.`,
      hurts: 'The migration fails half-way.',
      remedy: [`alter table "${found.table}" drop constraint ${quoteIdentifier(found.index.constraint)}`],
    };
  }
  if (cascade) {
    return {
      kind: 'refuse',
      happens: `PostgreSQL drops whatever depends on "${name}" along with it, and cannot do that concurrently.`,
      hurts: 'Nobody has read what goes, and everybody on its table waits.',
      remedy: ['drop what depends on it by name first, then the index without cascade'],
    };
  }
  if (children.length > 0) {
    return refuseWhileNeeded(`"${name}"`, children);
  }
  if (found?.facts?.kind === 'partitioned') {
    return {
      kind: 'refuse',
      happens: `"${found.table}" is partitioned, and PostgreSQL drops no index of a partitioned table concurrently.`,
      hurts: `Every read and write of "${found.table}" and all its partitions waits behind it.`,
      remedy: [
        `drop index ${quoteName(index)} within assumeSafe, with a short lock timeout and at a quiet time;`,
        'no partition can lose its own part of the index before that',
      ],
    };
  }
  return undefined;
}

/** What still needs the index: a foreign key that nothing else stands behind, or the promise that values are unique. */
function guards(index: IndexFacts | undefined, { constraints, indexes }: TableFacts): string[] {
  if (!index) {
    return [];
  }
  const others = Object.values(indexes).filter(other => other !== index && other.isValid);
  const keys = Object.values(constraints).filter(({ type }) => type === 'foreign key');
  const bare = keys.filter(
    ({ columns }) => leadsWith(index, columns) && !others.some(other => leadsWith(other, columns)),
  );
  const hazards = bare.map(
    ({ columns, references }) =>
      `No other index leads with ${columns.map(quoteIdentifier).join(', ')}: each delete in "${references}" reads the whole table.`,
  );
  return index.isUnique ? [...hazards, 'Duplicate values can come in from here on.'] : hazards;
}

function leadsWith(index: IndexFacts, columns: readonly string[]): boolean {
  const leading = index.columns.slice(0, columns.length);
  return leading.length === columns.length && leading.every(column => columns.includes(column));
}
