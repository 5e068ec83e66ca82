/** The names that PostgreSQL chooses where a statement gives none. */
import { type Constraint, type ObjectName, renderName } from '../statement/change.ts';
import type { DatabaseFacts } from './facts.ts';

/** NAMEDATALEN - 1, in bytes. */
const LONGEST = 63;

export interface NameParts {
  readonly table: ObjectName;
  readonly columns: readonly string[];
  readonly label: 'pkey' | 'key' | 'excl' | 'fkey' | 'check' | 'not_null' | 'idx';
}

/** The first of `t_col_label`, `t_col_label1`, … that is free in the table's schema. */
export function generateName(parts: NameParts, facts: DatabaseFacts): string {
  const taken = takenNames(parts, facts);
  for (let pass = 0; ; pass++) {
    const name = makeName(parts, pass === 0 ? parts.label : `${parts.label}${pass}`);
    if (!taken.has(renderName({ ...parts.table, name }))) {
      return name;
    }
  }
}

const LABELS: Readonly<Record<Constraint['type'], NameParts['label']>> = {
  'primary key': 'pkey',
  unique: 'key',
  'foreign key': 'fkey',
  check: 'check',
  exclude: 'excl',
  'not null': 'not_null',
};

/** The name of a constraint as PostgreSQL keeps it, or the one that it would choose. */
export function constraintName(
  { name, type, columns, index }: Constraint,
  table: ObjectName,
  facts: DatabaseFacts,
): string {
  if (name !== '' || index !== undefined) {
    return cutName(name || (index ?? ''));
  }
  // a check over several columns, or none, is called after its table alone
  const named = type === 'check' && columns.length !== 1 ? [] : columns;
  return generateName({ table, columns: named, label: LABELS[type] }, facts);
}

/** A name as PostgreSQL keeps it: 63 bytes, cut between two characters. H72. */
export function cutName(name: string): string {
  return clip(Buffer.from(name), LONGEST);
}

/** makeObjectName in src/backend/commands/indexcmds.c: the longer of the two parts gives way, byte by byte. */
function makeName({ table, columns, label: kind }: NameParts, label: string): string {
  const first = Buffer.from(table.name);
  const second = Buffer.from(kind === 'pkey' ? '' : columns.join('_')).subarray(0, LONGEST);
  const room = LONGEST - label.length - 1 - (second.length > 0 ? 1 : 0);
  let [firstLength, secondLength] = [first.length, second.length];
  while (firstLength + secondLength > room) {
    if (firstLength > secondLength) {
      firstLength--;
    } else {
      secondLength--;
    }
  }
  return [clip(first, firstLength), clip(second, secondLength), label].filter(part => part !== '').join('_');
}

function clip(text: Buffer, length: number): string {
  let end = Math.min(length, text.length);
  while (end > 0 && end < text.length && ((text[end] ?? 0) & 0xc0) === 0x80) {
    end--;
  }
  return text.subarray(0, end).toString();
}

/** An index minds relations, a constraint with an index both, any other constraint the constraints of the schema. */
function takenNames({ label }: NameParts, { tables, indexes }: DatabaseFacts): ReadonlySet<string> {
  const relations = [...Object.keys(tables), ...Object.keys(indexes)];
  const constraints = Object.entries(tables).flatMap(([table, { constraints: own }]) =>
    Object.keys(own).map(name => inSchemaOf(table, name)),
  );
  const hasIndex = ['pkey', 'key', 'excl'].includes(label);
  return new Set(label === 'idx' ? relations : hasIndex ? [...relations, ...constraints] : constraints);
}

/** `name` in the schema of a rendered name. */
export function inSchemaOf(rendered: string, name: string): string {
  const dot = rendered.indexOf('.');
  return dot === -1 ? name : `${rendered.slice(0, dot)}.${name}`;
}
