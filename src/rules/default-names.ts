/** The names that PostgreSQL gives to constraints without one, so that our steps can name them too. */
import type { DatabaseFacts } from '../catalog/facts.ts';
import type { Constraint, ObjectName } from '../statement/change.ts';
import type { RuleContext } from './rule.ts';

/** NAMEDATALEN - 1. H72. */
const LONGEST = 63;

export interface NameParts {
  readonly table: ObjectName;
  /** Joined with `_`, as PostgreSQL does for several columns; none for a primary key or a check of several columns. */
  readonly columns?: readonly string[];
  /** `key`, `pkey`, `fkey`, `check`, `not_null`. */
  readonly label: string;
}

const LABELS: Readonly<Record<Constraint['type'], string>> = {
  'primary key': 'pkey',
  unique: 'key',
  'foreign key': 'fkey',
  check: 'check',
  exclude: 'excl',
  'not null': 'not_null',
};

/** Its own name, or the one that PostgreSQL would choose. */
export function nameOf({ name, type, columns }: Constraint, table: ObjectName, context: RuleContext): string {
  const inName = type === 'primary key' || (type === 'check' && columns.length > 1) ? [] : columns;
  return name || chooseName({ table, columns: inName, label: LABELS[type] }, context);
}

/** The first of `t_col_label`, `t_col_label1`, … that nothing in the facts has. */
export function chooseName(parts: NameParts, { facts }: RuleContext): string {
  const taken = namesIn(facts);
  for (let pass = 0; ; pass++) {
    const name = makeName({ ...parts, label: pass === 0 ? parts.label : `${parts.label}${pass}` });
    if (!taken.has(name)) {
      return name;
    }
  }
}

/** makeObjectName of src/backend/commands/indexcmds.c: the longer of the two parts gives way, byte by byte. */
function makeName({ table, columns = [], label }: NameParts): string {
  const first = Buffer.from(table.name);
  const second = Buffer.from(columns.join('_'));
  const room = LONGEST - label.length - 1 - (second.length > 0 ? 1 : 0);
  let [firstLength, secondLength] = [first.length, second.length];
  while (firstLength + secondLength > room) {
    if (firstLength > secondLength) {
      firstLength--;
    } else {
      secondLength--;
    }
  }
  const parts = [clip(first, firstLength), clip(second, secondLength), label];
  return parts.filter(part => part !== '').join('_');
}

/** Cuts at a character's boundary. */
function clip(text: Buffer, length: number): string {
  let end = Math.min(length, text.length);
  while (end > 0 && end < text.length && ((text[end] ?? 0) & 0xc0) === 0x80) {
    end--;
  }
  return text.subarray(0, end).toString();
}

/** Schemas apart: PostgreSQL looks only into the table's own, but a name that is free everywhere is free there. */
function namesIn({ tables, indexes }: DatabaseFacts): ReadonlySet<string> {
  const constraints = Object.values(tables).flatMap(table => Object.keys(table.constraints));
  return new Set([...constraints, ...Object.keys(indexes), ...Object.keys(tables)].map(unqualified));
}

function unqualified(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}
