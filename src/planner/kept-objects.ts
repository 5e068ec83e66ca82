/** What a person decided to leave in the database: no entity describes it any more, and nobody is asked again. Pure. */
import { type Change, type ObjectName, renderName } from '../statement/change.ts';
import { type DecisionFlags, readDecisions } from './decisions.ts';
import { planQuestions, type SchemaChange } from './questions.ts';

export interface KeepingMigration {
  readonly changes: readonly Change[];
  /** `lessons`, `lessons.category`, or a value of an enum: `lesson_status.QUEUED`. */
  readonly keeps: readonly string[];
}

/**
 * Follows the migrations in their order: what a later one adds, alters, renames or drops is described, or gone, and no longer kept.
 * Names are as `renderName` gives them.
 */
export function planKept(migrations: readonly KeepingMigration[]): Set<string> {
  let kept: string[] = [];
  for (const { changes, keeps } of migrations) {
    kept = changes.reduce((names, change) => (names.length === 0 ? names : names.flatMap(follow(change))), kept);
    kept.push(...keeps);
  }
  return new Set(kept);
}

/** What becomes of a kept name: itself, another one, or none. */
function follow(change: Change): (name: string) => string[] {
  switch (change.kind) {
    case 'create table':
    case 'drop table':
      return without(name => isWithin(name, renderName(change.table)));
    case 'drop type':
      return without(name => isWithin(name, renderName(change.type)));
    case 'rename table':
      return renamed(renderName(change.table), renderName(nameBeside(change.table, change.to)));
    case 'add column':
    case 'drop column':
    case 'alter column':
    case 'rename column':
      return without(name => name === `${renderName(change.table)}.${change.column}`);
    case 'add enum value':
    case 'rename enum value':
      return without(name => name === `${renderName(change.type)}.${change.value}`);
    default:
      return name => [name];
  }
}

function without(isGone: (name: string) => boolean): (name: string) => string[] {
  return name => (isGone(name) ? [] : [name]);
}

function renamed(from: string, to: string): (name: string) => string[] {
  return name => [isWithin(name, from) ? `${to}${name.slice(from.length)}` : name];
}

function isWithin(name: string, owner: string): boolean {
  return name === owner || name.startsWith(`${owner}.`);
}

function nameBeside({ schema }: ObjectName, name: string): ObjectName {
  return schema === undefined ? { name } : { schema, name };
}

/** The flags with what is kept already, as far as it is in question and not answered otherwise this time. */
export function addKept(
  flags: DecisionFlags,
  change: SchemaChange,
  kept: ReadonlySet<string> = new Set(),
): DecisionFlags {
  const open = planQuestions(change, readDecisions(flags)).filter(
    ({ name, kind }) => MAY_STAY.has(kind) && kept.has(name),
  );
  return open.length === 0 ? flags : { ...flags, keep: [...(flags.keep ?? []), ...open.map(({ name }) => name)] };
}

const MAY_STAY: ReadonlySet<string> = new Set(['gone table', 'gone column', 'gone value', 'reordered']);
