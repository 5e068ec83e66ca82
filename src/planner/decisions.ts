/** What only a person can know of a change: the questions, and the answers as flags give them. Pure. */
import { SettingsError } from '../errors.ts';
import { convert } from './type-change/conversion.ts';

/** Keys are `table` or `table.column`, the schema in front where it is not the default one. */
export interface Decisions {
  /** Old to new name; of a column the new name alone. */
  readonly renames: ReadonlyMap<string, string>;
  /** Those of `renames` whose old name stays beside the new one until the contract. */
  readonly inSteps: ReadonlySet<string>;
  /** Those of `renames` that are none for the database: only the entities call it otherwise. */
  readonly inCode: ReadonlySet<string>;
  readonly drops: ReadonlySet<string>;
  /** Left in the database although no entity describes them any more. */
  readonly keeps: ReadonlySet<string>;
  /** `table.column` to the SQL expression that fills the rows there are. */
  readonly fills: ReadonlyMap<string, string>;
  /** `table.column` to the SQL expression over the row that gives its value in the new type, and in the old one on the way back. */
  readonly usings: ReadonlyMap<string, string>;
  readonly usingsBack: ReadonlyMap<string, string>;
  /** `lesson_status.QUEUED`: values of enums that no entity has any more, and no row may hold. */
  readonly dropValues: ReadonlySet<string>;
}

/** The columns of each table, by name; keys of tables are as `renderName` gives them. */
export type SchemaOutline = Readonly<Record<string, Readonly<Record<string, ColumnOutline>>>>;

export interface ColumnOutline {
  readonly type: string;
  /** It must not be null, and nothing but the statement fills it. */
  readonly needsValue: boolean;
}

export type Question =
  /** No entity describes the table any more; it may be one of `candidates` under its old name. */
  | {
      readonly kind: 'gone table';
      readonly name: string;
      readonly table: string;
      readonly candidates: readonly string[];
    }
  | {
      readonly kind: 'gone column';
      readonly name: string;
      readonly table: string;
      readonly column: string;
      /** New columns of the same type. */
      readonly candidates: readonly string[];
    }
  /** A new column that must not be null and has no default, on a table that may have rows. */
  | {
      readonly kind: 'fill';
      readonly name: string;
      readonly table: string;
      readonly column: string;
      readonly type: string;
    }
  /** A column whose values no cast turns into the other type without the session's time zone. H40. */
  | {
      readonly kind: 'using';
      /** On the way back. */
      readonly isBack: boolean;
      readonly name: string;
      readonly table: string;
      readonly column: string;
      readonly from: string;
      readonly to: string;
    };

export interface DecisionFlags {
  readonly rename?: readonly string[];
  readonly renameInSteps?: readonly string[];
  readonly renameInCode?: readonly string[];
  readonly drop?: readonly string[];
  readonly keep?: readonly string[];
  readonly fill?: readonly string[];
  readonly using?: readonly string[];
  readonly usingBack?: readonly string[];
  readonly dropValue?: readonly string[];
}

export const NO_DECISIONS: Decisions = readDecisions({});

const USING = "lessons.completed_at=completed_at at time zone 'UTC'";

/**
 * Reads `--rename users.name:display_name`, `--rename-in-steps` and `--rename-in-code` of the same form, `--drop lessons.category`,
 * `--keep lessons.category` and `--fill learner_profiles.grade_level=5`, `--using "lessons.score=score::bigint"`.
 * @throws SettingsError for a flag that is not of that form.
 */
export function readDecisions({
  rename = [],
  renameInSteps = [],
  renameInCode = [],
  drop = [],
  keep = [],
  fill = [],
  using = [],
  usingBack = [],
  dropValue = [],
}: DecisionFlags): Decisions {
  const pairs = (option: string, flags: readonly string[]): [string, string][] =>
    flags.map(flag => readPair(option, flag, ':', 'users.name:display_name'));
  const inSteps = pairs('--rename-in-steps', renameInSteps);
  const inCode = pairs('--rename-in-code', renameInCode);
  return {
    renames: new Map([...pairs('--rename', rename), ...inSteps, ...inCode]),
    inSteps: new Set(inSteps.map(([name]) => name)),
    inCode: new Set(inCode.map(([name]) => name)),
    drops: new Set(drop.map(flag => flag.trim())),
    keeps: new Set(keep.map(flag => flag.trim())),
    fills: new Map(fill.map(flag => readPair('--fill', flag, '=', 'learner_profiles.grade_level=5'))),
    usings: new Map(using.map(flag => readPair('--using', flag, '=', USING))),
    usingsBack: new Map(usingBack.map(flag => readPair('--using-back', flag, '=', USING))),
    dropValues: new Set(dropValue.map(flag => flag.trim())),
  };
}

function readPair(option: string, flag: string, separator: string, example: string): [string, string] {
  const at = flag.indexOf(separator);
  const key = flag.slice(0, at).trim();
  const value = flag.slice(at + 1).trim();
  if (at < 1 || key === '' || value === '') {
    throw new SettingsError({
      title: `Cannot read ${option}`,
      subject: flag,
      happens: `It is not of the form ${example}`,
      remedy: `${option} ${example}`,
      left: 'Nothing was written.',
    });
  }
  return [key, value];
}

/**
 * The questions that the change from `before` to `after` raises and `decisions` does not answer.
 * @param before what the migrations make. @param after what the entities describe.
 */
export function planQuestions(before: SchemaOutline, after: SchemaOutline, decisions: Decisions): Question[] {
  const come = Object.keys(after).filter(table => !(table in before));
  const tables = Object.keys(before)
    .filter(table => !(table in after) && !isDecided(table, decisions))
    .map((table): Question => ({ kind: 'gone table', name: table, table, candidates: come }));
  const columns = Object.keys(before).flatMap(table => planColumnQuestions(table, before, after, decisions));
  return [...tables, ...columns];
}

function planColumnQuestions(
  table: string,
  before: SchemaOutline,
  after: SchemaOutline,
  decisions: Decisions,
): Question[] {
  const old = before[table] ?? {};
  const now = decisions.renames.get(table) ?? table;
  const wanted = after[now];
  if (!wanted) {
    return [];
  }
  const gone = Object.keys(old).filter(column => !(column in wanted));
  const come = Object.keys(wanted).filter(column => !(column in old));
  const name = (column: string): string => `${table}.${column}`;
  const newName = (column: string): string => `${now}.${column}`;
  const renamed = new Set(gone.map(column => decisions.renames.get(name(column))));
  const questions = gone
    .filter(column => !isDecided(name(column), decisions))
    .map((column): Question => {
      const candidates = come.filter(other => !renamed.has(other) && wanted[other]?.type === old[column]?.type);
      return { kind: 'gone column', name: name(column), table, column, candidates };
    });
  const fills = come
    .filter(column => !renamed.has(column) && wanted[column]?.needsValue && !decisions.fills.has(newName(column)))
    .map((column): Question => {
      return { kind: 'fill', name: newName(column), table, column, type: wanted[column]?.type ?? '' };
    });
  const usings = changedColumns(old, wanted).flatMap(column =>
    planUsing({ table: now, column }, old, wanted, decisions),
  );
  return [...questions, ...fills, ...usings];
}

/** Columns that are on both sides and have another type on each. */
export function changedColumns(
  old: Readonly<Record<string, ColumnOutline>>,
  wanted: Readonly<Record<string, ColumnOutline>>,
): string[] {
  return Object.keys(old).filter(column => column in wanted && wanted[column]?.type !== old[column]?.type);
}

function planUsing(
  { table, column }: { readonly table: string; readonly column: string },
  old: Readonly<Record<string, ColumnOutline>>,
  wanted: Readonly<Record<string, ColumnOutline>>,
  decisions: Decisions,
): Question[] {
  const name = `${table}.${column}`;
  const [from, to] = [old[column]?.type ?? '', wanted[column]?.type ?? ''];
  const question = { name, table, column };
  if (convert('', { from, to }) !== undefined) {
    return [];
  }
  if (!decisions.usings.has(name)) {
    return [{ kind: 'using', isBack: false, ...question, from, to }];
  }
  return findUsingBack(name, column, decisions) === undefined
    ? [{ kind: 'using', isBack: true, ...question, from: to, to: from }]
    : [];
}

/** `c at time zone 'UTC'` goes both ways: https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-ZONECONVERT */
export function findUsingBack(
  name: string,
  column: string,
  { usings, usingsBack }: Pick<Decisions, 'usings' | 'usingsBack'>,
): string | undefined {
  const using = usings.get(name) ?? '';
  const [, own = ''] = /^(\S+|"(?:[^"]|"")+") at time zone '[^']+'$/i.exec(using) ?? [];
  const isBothWays = own === column || own === `"${column.replaceAll('"', '""')}"`;
  return usingsBack.get(name) ?? (isBothWays ? using : undefined);
}

function isDecided(name: string, { renames, drops, keeps }: Decisions): boolean {
  return renames.has(name) || drops.has(name) || keeps.has(name);
}
