/** What only a person can know of a change, as flags answer it. Pure. */
import { SettingsError } from '../errors.ts';

/** Keys are `table`, `table.column` or `enum.value`, the schema in front where it is not the default one. */
export interface Decisions {
  /** Old to new name; of a column or value the new name alone. */
  readonly renames: ReadonlyMap<string, string>;
  /** Those of `renames` whose old name stays beside the new one until the contract. */
  readonly inSteps: ReadonlySet<string>;
  /** Those of `renames` that are none for the database: only the entities call it otherwise. */
  readonly inCode: ReadonlySet<string>;
  readonly drops: ReadonlySet<string>;
  /** Left in the database although no entity describes them any more; of an enum, the order of its values. */
  readonly keeps: ReadonlySet<string>;
  /** `table.column` to the SQL expression that fills the rows there are; of a dropped column those there are when it comes back. */
  readonly fills: ReadonlyMap<string, string>;
  /** `table.column` to the SQL expression over the row that gives its value in the new type, and in the old one on the way back. */
  readonly usings: ReadonlyMap<string, string>;
  readonly usingsBack: ReadonlyMap<string, string>;
  /** `lesson_status.QUEUED`: values of enums that no entity has any more, and no row may hold. */
  readonly dropValues: ReadonlySet<string>;
  /** Enums whose values come in another order: the type is made anew. */
  readonly reorders: ReadonlySet<string>;
  /** After a change of type the old columns stay beside the new ones, until a migration of its own. */
  readonly keepOld: boolean;
}

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
  readonly reorder?: readonly string[];
  readonly keepOld?: boolean;
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
  reorder = [],
  keepOld = false,
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
    reorders: new Set(reorder.map(flag => flag.trim())),
    keepOld,
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
