/** Why a column cannot get another type in place, and what is done instead. */
import type { IndexFacts } from '../catalog/facts.ts';
import { type ChangeOf, type ObjectName, quoteIdentifier } from '../statement/change.ts';
import { shown } from './alter-table.ts';
import { isSameType } from './binary-compatible.ts';
import type { Verdict } from './rule.ts';

export interface TypeChange {
  readonly table: ObjectName;
  readonly column: string;
  readonly from: string;
  readonly to: string;
}

/** The type it has is not known: nothing is proved. */
export function refuseUnknown({ table, column }: ChangeOf<'alter column'>): Verdict {
  return {
    kind: 'refuse',
    happens: `${shown(table)} has no column "${column}" as far as is known here: whether PostgreSQL writes the table anew cannot be told.`,
    hurts: `If it does, every read and write of ${shown(table)} waits until the last row is written.`,
    remedy: ['write the name of the column as it is in the database'],
  };
}

/**
 * The way out is what `migration:create` writes from a change of the entity. H37, H40, H42, H43.
 * @param options.isPlain false: a `using` or `collate` changes what is stored.
 */
export function refuseRewrite(change: TypeChange, { isPlain }: { isPlain: boolean }): Verdict {
  const { table, column, from, to } = change;
  return {
    kind: 'refuse',
    happens: isPlain
      ? `PostgreSQL writes all of ${shown(table)} and its indexes anew under an ACCESS EXCLUSIVE lock: ${from} to ${to} changes every stored "${column}".`
      : `PostgreSQL may write all of ${shown(table)} and its indexes anew under an ACCESS EXCLUSIVE lock: "using" and "collate" change the stored "${column}" or its order.`,
    hurts: `Every read and write of ${shown(table)} waits until the last row is written.`,
    remedy: [
      ...zoneAdvice(change),
      `change the property of the entity: migration:create then writes both of these, see docs/type-changes.md;`,
      `expand: add ${quoteIdentifier(`${column}_new`)} ${to}, keep it equal to "${column}" by a trigger, fill the old rows with this.backfill, and build its indexes and constraints by their own rules;`,
      `contract: swap the names of the two columns in one short transaction, and drop the old one.`,
    ],
  };
}

/** No trigger could fill a second one beside it. H34. */
export function refuseGenerated({ table, column, to }: TypeChange): Verdict {
  return {
    kind: 'refuse',
    happens: `"${column}" of ${shown(table)} is generated: PostgreSQL computes it anew for every row under an ACCESS EXCLUSIVE lock, to store or to check it.`,
    hurts: `Every read and write of ${shown(table)} waits until it is done with the last row.`,
    remedy: [
      `a property of another name with ${to}, virtual (PostgreSQL 18), which the application reads from now on;`,
      `then drop "${column}". Where it is virtual and a column that it is computed from changes too, it gets its type with that`,
    ],
  };
}

/** The session's time zone decides what the old values mean, and whether the table is written anew. H40. */
function zoneAdvice({ from, to }: TypeChange): string[] {
  const zoned = 'timestamp with time zone';
  const plain = 'timestamp without time zone';
  const isZoned = (isKind(from, plain) && isKind(to, zoned)) || (isKind(from, zoned) && isKind(to, plain));
  return isZoned
    ? [
        `say which time zone the values are in ("at time zone 'UTC'"): without it the session's TimeZone decides what is stored;`,
      ]
    : [];
}

function isKind(type: string, kind: string): boolean {
  return isSameType(type.replace(/\(\d+\)/, ''), kind);
}

/** PostgreSQL changes no column that a view shows. H41. */
export function refuseForDependents({ table, column }: TypeChange, dependents: readonly string[]): Verdict {
  const views = dependents.map(name => `"${name}"`).join(', ');
  return {
    kind: 'refuse',
    happens: `${views} read ${shown(table)}, and PostgreSQL gives no other type to a column that a view shows.`,
    hurts: `If one of them shows "${column}", the migration fails there and leaves it as it was.`,
    remedy: [
      `drop ${views}, change the type, and create them again;`,
      `where none of them shows "${column}": this statement within assumeSafe, with that reason`,
    ],
  };
}

/** Only plain indexes are kept. H38. */
export function refuseForIndexes({ table }: TypeChange, indexes: Readonly<Record<string, IndexFacts>>): Verdict {
  const names = Object.keys(indexes).map(name => `"${name}"`);
  return {
    kind: 'refuse',
    happens: `PostgreSQL builds ${names.join(', ')} anew under an ACCESS EXCLUSIVE lock on ${shown(table)}, because of its expression or predicate.`,
    hurts: `Every read and write of ${shown(table)} waits until the build ends.`,
    remedy: [
      ...names.map(name => `drop index concurrently if exists ${name};`),
      'change the type;',
      ...Object.values(indexes).map(({ definition }) =>
        definition.replace(
          /^CREATE (UNIQUE )?INDEX /,
          (_all, unique = '') => `create ${unique.toLowerCase()}index concurrently if not exists `,
        ),
      ),
      'if queries can do without the index meanwhile',
    ],
  };
}
