/** What `migrate:repair` does to the records so that they fit the files. Pure: the schema is never touched. */
import { findName } from '../selection.ts';
import type { Findings } from './findings.ts';

export type Repair =
  /** Takes over what the file is now. */
  | { readonly kind: 'take over'; readonly name: string; readonly why: 'changed' | 'unknown' }
  /** Takes the record away, and what the journal has of it. */
  | { readonly kind: 'forget'; readonly name: string }
  /** A file that a rollup made, for those that it merged. */
  | { readonly kind: 'replace'; readonly name: string; readonly merged: readonly string[] };

export interface RepairSources {
  readonly findings: Pick<Findings, 'changed' | 'missing' | 'unknown'>;
  /** Pending files, with what a rollup merged into them. */
  readonly rollups: readonly { readonly name: string; readonly merged: readonly string[] }[];
}

/**
 * @param typed names or numbers; none: everything.
 * @throws MigrationError for one that needs no repair.
 */
export function planRepair({ findings, rollups }: RepairSources, typed: readonly string[] = []): Repair[] {
  const { changed, missing, unknown } = findings;
  const replaced = rollups.filter(({ merged }) => merged.length > 0 && merged.every(name => missing.includes(name)));
  const covered = new Set(replaced.flatMap(({ merged }) => merged));
  const repairs: Repair[] = [
    ...changed.map(name => ({ kind: 'take over', name, why: 'changed' }) as const),
    ...unknown.map(name => ({ kind: 'take over', name, why: 'unknown' }) as const),
    ...replaced.map(({ name, merged }) => ({ kind: 'replace', name, merged }) as const),
    ...missing.filter(name => !covered.has(name)).map(name => ({ kind: 'forget', name }) as const),
  ];
  const wanted = typed.map(name =>
    findName(
      repairs.map(repair => repair.name),
      name,
    ),
  );
  return wanted.length === 0 ? repairs : repairs.filter(({ name }) => wanted.includes(name));
}

/** A line for each. */
export function renderRepairs(repairs: readonly Repair[]): string {
  return repairs.map(renderRepair).join('\n');
}

function renderRepair(repair: Repair): string {
  switch (repair.kind) {
    case 'take over':
      return `${repair.name}  ${repair.why === 'changed' ? 'changed after it ran' : 'recorded without a checksum'}: its record takes over what the file lists now`;
    case 'forget':
      return `${repair.name}  has no file here: its record goes, what it made stays`;
    case 'replace':
      return `${repair.name}  merges ${repair.merged.join(', ')}: recorded in their place`;
    default: {
      const never: never = repair;
      return never;
    }
  }
}

/** What MikroORM's rollup writes into the file between the parts. */
export function readMergedNames(source: string): string[] {
  return [...new Set([...source.matchAll(/^\s*\/\/ --- merged from (\S+) ---$/gm)].map(([, name]) => String(name)))];
}
