/** What the rules for drops share: one thing at a time, again and again without an error, and nothing that goes along unseen. */
import type { ConstraintFacts, TableFacts } from '../catalog/facts.ts';
import type { Step } from '../plan/plan.ts';
import { type ObjectName, quoteIdentifier, quoteName, renderName } from '../statement/change.ts';
import { readTokens } from '../statement/tokens.ts';
import { locksOn, shown } from './alter-table.ts';
import { findTable, online, type RuleContext, step, type Verdict } from './rule.ts';
import { indexOfWords } from './words.ts';

/** `drop table if exists a`: run twice it is no error, and nothing else goes with it. */
export function isPlainDrop(sql: string): boolean {
  const tokens = readTokens(sql);
  const isSingle = indexOfWords(tokens, ',') < 0;
  return isSingle && indexOfWords(tokens, 'if exists') >= 0 && indexOfWords(tokens, 'cascade') < 0;
}

/** The drop as it is, or as `steps` when it is not plain, or when something has to go first. */
export function dropOneByOne(sql: string, isPlain: boolean, steps: readonly [...Step[], Step]): Verdict {
  const [last] = steps.slice(-1);
  if (isPlain && last && steps.length === 1) {
    return online({ ...last, sql });
  }
  return steps.length > 1
    ? {
        kind: 'replace',
        happens: 'Dropping it drops its foreign keys as well, and each of them locks the table that it references.',
        hurts: 'Reads and writes of all these tables wait until the last of the locks is there.',
        steps,
      }
    : {
        kind: 'replace',
        happens: hasCascade(sql)
          ? '"cascade" drops whatever depends on it, in this database, seen or not.'
          : 'A second run, after one that stopped half-way, fails because it is gone already.',
        hurts: hasCascade(sql)
          ? 'What others have attached to it goes without a word.'
          : 'The migration cannot go on from where it stopped.',
        steps,
      };
}

function hasCascade(sql: string): boolean {
  return indexOfWords(readTokens(sql), 'cascade') >= 0;
}

/** Views that show the column, or that may: where the catalog does not say which columns they show, all that read the table. */
export function viewsOver(facts: TableFacts | undefined, column: string): readonly string[] {
  return facts?.uses
    ? facts.uses.filter(use => use.column === column && use.kind.endsWith('view')).map(({ name }) => name)
    : (facts?.dependents ?? []);
}

export interface ForeignKey {
  readonly name: string;
  readonly constraint: ConstraintFacts;
  readonly parent: ObjectName;
}

/** Foreign keys of `table` to other tables. */
export function foreignKeysOf(table: ObjectName, context: RuleContext): ForeignKey[] {
  return Object.entries(findTable(table, context)?.constraints ?? {}).flatMap(([name, constraint]) => {
    const { type, references } = constraint;
    return type === 'foreign key' && references !== undefined && references !== renderName(table)
      ? [{ name, constraint, parent: nameOf(references) }]
      : [];
  });
}

/** Foreign keys of other tables that reference `table`: `"lessons"."lessons_learner_id_foreign"`. */
export function foreignKeysTo(table: ObjectName, { facts }: RuleContext): string[] {
  const name = renderName(table);
  return Object.entries(facts.tables).flatMap(([other, { constraints }]) =>
    Object.entries(constraints)
      .filter(([, { references }]) => references === name && other !== name)
      .map(([constraint]) => `"${other}"."${constraint}"`),
  );
}

/** Foreign keys that PostgreSQL has hung on a key of `table`, be it a constraint or an index; those of the table itself too. */
export function foreignKeysOn(table: string, key: string, { facts }: RuleContext): string[] {
  return Object.entries(facts.tables).flatMap(([other, { constraints }]) =>
    Object.entries(constraints)
      .filter(([, constraint]) => constraint.references === table && constraint.key === key)
      .map(([constraint]) => `"${other}"."${constraint}"`),
  );
}

/** Other tables with a foreign key to `table`. */
export function tablesReferring(table: ObjectName, { facts, newTables }: RuleContext): string[] {
  const name = renderName(table);
  return Object.entries(facts.tables).flatMap(([other, { constraints }]) =>
    other !== name && !newTables.has(other) && Object.values(constraints).some(({ references }) => references === name)
      ? [other]
      : [],
  );
}

/** Dropping a foreign key takes ACCESS EXCLUSIVE on both tables: each by itself, so that no two are held together. H28. */
export function dropForeignKey(
  { name, parent }: ForeignKey,
  table: ObjectName,
  context: RuleContext,
  rule: string,
): Step {
  return step({
    sql: `alter table ${quoteName(table)} drop constraint if exists ${quoteIdentifier(name)}`,
    rule,
    phase: 'contract',
    locks: locksOn([table, parent], 'ACCESS EXCLUSIVE', context),
    hazards: [`${shown(table)} may then hold rows without a parent in ${shown(parent)}.`],
  });
}

/** A drop that views or other tables hang on: which of them go too is a person's decision. H41, H54. */
export function refuseWhileNeeded(what: string, dependents: readonly string[]): Verdict {
  return {
    kind: 'refuse',
    happens: `${what} is needed by ${dependents.join(', ')}.`,
    hurts: 'PostgreSQL refuses to drop it; with "cascade" it would drop these as well, without a word.',
    remedy: ['change or drop each of them first, in statements of their own'],
  };
}

/** Of a name that is already as `renderName` gives it. */
function nameOf(rendered: string): ObjectName {
  const dot = rendered.indexOf('.');
  return dot < 0 ? { name: rendered } : { schema: rendered.slice(0, dot), name: rendered.slice(dot + 1) };
}
