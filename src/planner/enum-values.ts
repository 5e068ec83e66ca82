/** What a native enum lost. Pure. */
import { MigrationError, SettingsError } from '../errors.ts';

type EnumLabels = Readonly<Record<string, readonly string[]>>;

/**
 * @param before labels of the enum types that the migrations make, by `schema.name`. @param after those that the entities
 * describe; a type that no entity has any more is no matter of values.
 * @param decisions.dropValues `lesson_status.QUEUED`: those that a person gave up.
 * @throws MigrationError (exit code 2) for one that nobody gave up: PostgreSQL cannot take a value out of an enum.
 * https://www.postgresql.org/docs/current/datatype-enum.html#DATATYPE-ENUM-IMPLEMENTATION-DETAILS
 */
export function assertEnumsKeepValues(
  before: EnumLabels,
  after: EnumLabels,
  { dropValues }: { readonly dropValues: ReadonlySet<string> } = { dropValues: new Set() },
): void {
  const all = lostValues(before, after);
  assertValuesFit(dropValues, all);
  const lost = all.filter(value => !dropValues.has(flagOf(value)));
  const [first] = lost;
  if (!first) {
    return;
  }
  const type = first.type.replace(/^public\./, '');
  const to = first.come[0] ?? 'new_name';
  throw new MigrationError(
    {
      title: 'A value of an enum cannot be dropped',
      subject: lost.map(({ type: of, label }) => `'${label}' of ${of.replace(/^public\./, '')}`).join('\n'),
      happens: 'No entity has it any more, and PostgreSQL cannot take a value out of an enum.',
      hurts: 'Rows may hold it; entities that do not know it fail when they read them.',
      remedy: [
        `unused, but left: put '${first.label}' back into the list of the entity, where it does no harm;`,
        `called otherwise now: npm run migrate:create -- --blank --name rename_${first.label.replace(/\W+/g, '_').toLowerCase()}`,
        `  with  alter type ${type} rename value ${quoteText(first.label)} to ${quoteText(to)}  in it, see docs/rules/rename-enum-value.md;`,
        `really gone: npm run migrate:create -- --drop-value ${flagOf(first)}  makes a new type beside it, and no row may hold it then.`,
      ],
      left: 'Nothing was written.',
      reference: 'docs/migrations.md#values-of-an-enum',
    },
    { exitCode: 2 },
  );
}

export interface LostValue {
  /** `schema.name` */
  readonly type: string;
  readonly label: string;
  /** New values of the type: it may be called so now. */
  readonly come: readonly string[];
}

/** The values that a type of both sides has only before. */
export function lostValues(before: EnumLabels, after: EnumLabels): LostValue[] {
  return Object.entries(after).flatMap(([type, labels]) =>
    (before[type] ?? [])
      .filter(label => !labels.includes(label))
      .map(label => ({ type, label, come: labels.filter(other => !before[type]?.includes(other)) })),
  );
}

function flagOf({ type, label }: LostValue): string {
  return `${type.replace(/^public\./, '')}.${label}`;
}

function assertValuesFit(dropValues: ReadonlySet<string>, lost: readonly LostValue[]): void {
  const flags = lost.map(flagOf);
  const strangers = [...dropValues].filter(flag => !flags.includes(flag));
  if (strangers.length > 0) {
    throw new SettingsError({
      title: 'An answer does not fit the change of the entities',
      subject: strangers.map(flag => `--drop-value ${flag}: it is not in question`).join('\n'),
      happens: flags.length === 0 ? 'No enum has lost a value.' : `Lost: ${flags.join(', ')}.`,
      remedy: 'Correct the flag, or leave it out.',
      left: 'Nothing was written.',
    });
  }
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
