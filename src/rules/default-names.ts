import { generateName, type NameParts } from '../catalog/generated-names.ts';
import type { Constraint, ObjectName } from '../statement/change.ts';
import type { RuleContext } from './rule.ts';

const LABELS: Readonly<Record<Constraint['type'], NameParts['label']>> = {
  'primary key': 'pkey',
  unique: 'key',
  'foreign key': 'fkey',
  check: 'check',
  exclude: 'excl',
  'not null': 'not_null',
};

/** The name of a constraint, or the one that PostgreSQL would choose: a step that follows has to name it. */
export function nameOf({ name, type, columns }: Constraint, table: ObjectName, { facts }: RuleContext): string {
  // a check over several columns is called after its table alone
  const inName = type === 'check' && columns.length > 1 ? [] : columns;
  return name || generateName({ table, columns: inName, label: LABELS[type] }, facts);
}
