import type { Difference } from '../catalog/compare-catalogs.ts';
import type { Holding } from './compare-prefixes.ts';

/** What `migrate:adopt` finds, and does once somebody says yes. */
export interface Adoption extends Holding {
  readonly recorded: readonly string[];
  /** What each difference wants that no migration can bring about by itself. */
  readonly byHand: readonly Difference[];
  readonly tools: readonly string[];
  /** The migration for the rest: the name it gets, or has where it is written already. */
  readonly rest?: { readonly file: string; readonly code?: string };
}

export function renderAdoption({ recorded, there, absent, differs, byHand, others, tools, rest }: Adoption): string {
  const left = others.filter(({ property }) => property === undefined);
  return [
    ...section('Recorded already', recorded),
    ...section('There, to be recorded', there),
    ...section('Not there, and left pending', absent),
    ...section('Differs from what they make', differs.map(renderDifference)),
    ...section('Of these, by hand or in a migration of your own', byHand.map(renderDifference)),
    ...section(
      'Not ours, left alone',
      left.map(({ object, relation, name }) => `${object} ${path(relation, name)}`),
    ),
    ...section('Kept by another tool, left alone', tools),
    ...section(
      'The migration for the rest',
      rest ? [`${rest.file}${rest.code === undefined ? '  is there' : ''}`] : [],
    ),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map(line => `  ${line}`)];
}

export function renderDifference({ object, relation, name, property, before, after }: Difference): string {
  const what = `${object} ${path(relation, name)}${property === undefined ? '' : ` (${property})`}`;
  return after === undefined ? `${what} is missing` : `${what} is ${show(after)}, and would be ${show(before)}`;
}

function path(relation: string, name: string | undefined): string {
  return [relation.replace(/^public\./, ''), ...(name === undefined ? [] : [name])].join('.');
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
