/** What a native enum lost. Pure. */
import { MigrationError } from '../errors.ts';

type EnumLabels = Readonly<Record<string, readonly string[]>>;

/**
 * @param before labels of the enum types that the migrations make, by `schema.name`. @param after those that the entities
 * describe; a type that no entity has any more is no matter of values.
 * @throws MigrationError (exit code 2): PostgreSQL cannot take a value out of an enum.
 * https://www.postgresql.org/docs/current/datatype-enum.html#DATATYPE-ENUM-IMPLEMENTATION-DETAILS
 */
export function assertEnumsKeepValues(before: EnumLabels, after: EnumLabels): void {
  const lost = Object.entries(after).flatMap(([type, labels]) =>
    (before[type] ?? [])
      .filter(label => !labels.includes(label))
      .map(label => ({ type, label, come: labels.filter(other => !before[type]?.includes(other)) })),
  );
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
        'really gone: a property with an enum of another name, filled from this one, and this one dropped after the deploy.',
      ],
      left: 'Nothing was written.',
      reference: 'docs/migrations.md#values-of-an-enum',
    },
    { exitCode: 2 },
  );
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
