/** What migrations have begun and not ended: invalid indexes, constraints that are not validated, what keeps two columns the same. */
import type { Catalog } from '../catalog/catalog.ts';
import { SYNC_PREFIX } from '../planner/type-change/move.ts';
import type { Finding } from './report.ts';

/** A line for each. Pure. */
export function listUnfinished({ tables, viewIndexes }: Catalog): string[] {
  const named = (relation: string, name: string): string => `${relation.replace(/^public\./, '')}.${name}`;
  const those = (
    parts: Readonly<Record<string, Readonly<Record<string, string>>>>,
    isSo: (name: string, definition: string) => boolean,
    what: string,
  ): string[] =>
    Object.entries(parts).flatMap(([relation, own]) =>
      Object.entries(own).flatMap(([name, definition]) =>
        isSo(name, definition) ? [`${what} ${named(relation, name)}`] : [],
      ),
    );
  const partsOf = (part: 'indexes' | 'constraints' | 'triggers'): Record<string, Readonly<Record<string, string>>> =>
    Object.fromEntries(Object.entries(tables).map(([relation, table]) => [relation, table[part]]));
  const isInvalid = (_name: string, definition: string): boolean => definition.endsWith(' (invalid)');
  const isOpen = (_name: string, definition: string): boolean => definition.endsWith(' (not validated)');
  return [
    ...those({ ...partsOf('indexes'), ...viewIndexes }, isInvalid, 'an invalid index:'),
    ...those(partsOf('constraints'), isOpen, 'a constraint that is not validated:'),
    ...those(partsOf('triggers'), name => name.startsWith(SYNC_PREFIX), 'a trigger that keeps two columns the same:'),
  ];
}

/** @param first the migration behind which each line was there first. */
export function checkLeftOver(reached: Catalog, first: ReadonlyMap<string, string>): Finding[] {
  const lines = listUnfinished(reached);
  if (lines.length === 0) {
    return [];
  }
  const explanation = {
    title: 'Something is left over when all migrations have run',
    subject: lines.map(line => `${line}${first.has(line) ? `, since ${first.get(line)}` : ''}`).join('\n'),
    happens: 'It was begun, and no migration ends it.',
    hurts:
      'An invalid index is written and never read; a constraint that is not validated promises nothing of old rows.',
    remedy:
      'Let a migration end it: build the index anew, validate the constraint, or run the contract that belongs to it.',
    reference: 'docs/verify.md',
  };
  return [{ check: 'left over', severity: 'failure', explanation }];
}
