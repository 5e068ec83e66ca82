/** What of a native enum only a person can know: a value that went, another order. Pure. */
import type { Decisions } from './decisions.ts';
import type { Question, SchemaOutline } from './question.ts';

/** Labels in their order, by `schema.name` of the type. */
export type EnumLabels = Readonly<Record<string, readonly string[]>>;

/** What the migrations make, and what the entities describe; a type that no entity has any more is no matter of values. */
export interface EnumChange {
  readonly before: EnumLabels;
  readonly after: EnumLabels;
}

/**
 * PostgreSQL adds and renames values, and neither takes one out nor moves one.
 * https://www.postgresql.org/docs/current/datatype-enum.html#DATATYPE-ENUM-IMPLEMENTATION-DETAILS
 */
export function planEnumQuestions(
  change: EnumChange,
  { decisions, columns }: { readonly decisions: Decisions; readonly columns: SchemaOutline },
): Question[] {
  const taken = new Set(lostValues(change).flatMap(({ name }) => decisions.renames.get(name) ?? []));
  const gone = lostValues(change)
    .filter(({ name }) => !isDecided(name, decisions))
    .map(({ type, name, label, come }): Question => {
      const candidates = come.filter(other => !taken.has(other));
      return { kind: 'gone value', name, label, candidates, holders: findHolders(flagName(type), columns) };
    });
  const moved = reorderedTypes({ ...change, before: renameLabels(change.before, decisions) })
    .map(flagName)
    .filter(name => !decisions.reorders.has(name) && !decisions.keeps.has(name))
    .map((name): Question => ({ kind: 'reordered', name }));
  return [...gone, ...moved];
}

function findHolders(type: string, columns: SchemaOutline): { table: string; column: string }[] {
  const isType = (text: string): boolean => text.replace(/(\[\])+$/, '').replaceAll('"', '') === type;
  return Object.entries(columns).flatMap(([table, own]) =>
    Object.keys(own)
      .filter(column => isType(own[column]?.type ?? ''))
      .map(column => ({ table, column })),
  );
}

export interface LostValue {
  /** `schema.name` */
  readonly type: string;
  readonly label: string;
  /** As flags call it: `lesson_status.QUEUED`. */
  readonly name: string;
  /** New values of the type: it may be called so now. */
  readonly come: readonly string[];
}

/** The values that a type of both sides has only before. */
export function lostValues({ before, after }: EnumChange): LostValue[] {
  return Object.entries(after).flatMap(([type, labels]) =>
    (before[type] ?? [])
      .filter(label => !labels.includes(label))
      .map(label => {
        const come = labels.filter(other => !before[type]?.includes(other));
        return { type, label, name: `${flagName(type)}.${label}`, come };
      }),
  );
}

/** The types that have values of both sides in another order; `schema.name`. */
export function reorderedTypes({ before, after }: EnumChange): string[] {
  return Object.keys(after).filter(type => {
    const [old = [], now = []] = [before[type], after[type]];
    const both = now.filter(label => old.includes(label));
    return old.filter(label => both.includes(label)).some((label, at) => label !== both[at]);
  });
}

/** The labels with the names that were decided for them. */
export function renameLabels(labels: EnumLabels, { renames }: Pick<Decisions, 'renames'>): EnumLabels {
  const rename = (type: string, label: string): string => renames.get(`${flagName(type)}.${label}`) ?? label;
  return Object.fromEntries(Object.entries(labels).map(([type, own]) => [type, own.map(label => rename(type, label))]));
}

/** The labels that the database will have: those of the entities, what is kept where it stands, in an order that is kept. */
export function keepLabels({ before, after }: EnumChange, { keeps }: Pick<Decisions, 'keeps'>): EnumLabels {
  return Object.fromEntries(
    Object.entries(after).map(([type, labels]) => {
      const isKept = (label: string): boolean => keeps.has(`${flagName(type)}.${label}`);
      const stay = (before[type] ?? []).filter(label => labels.includes(label) || isKept(label));
      const hasKept = stay.some(label => !labels.includes(label));
      return [type, keeps.has(flagName(type)) ? merge(stay, labels) : hasKept ? merge(labels, stay) : labels];
    }),
  );
}

/** The first list, with what only the second one has: each behind what it stands behind there. */
function merge(first: readonly string[], second: readonly string[]): string[] {
  return second.reduce<string[]>(
    (all, label, at) => {
      const behind = second[at - 1];
      return all.includes(label) ? all : all.toSpliced(behind === undefined ? 0 : all.indexOf(behind) + 1, 0, label);
    },
    [...first],
  );
}

/** `public.lesson_status` → `lesson_status`. */
export function flagName(type: string): string {
  return type.replace(/^public\./, '');
}

function isDecided(name: string, { renames, dropValues, keeps }: Decisions): boolean {
  return renames.has(name) || dropValues.has(name) || keeps.has(name);
}
