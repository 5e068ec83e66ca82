import { MigrationError } from '../../errors.ts';
import { printWarning } from '../../terminal/terminal.ts';

/** @throws MigrationError (exit code 2) when what the migration makes is not there, unless forced. */
export function assertMade(record: { name: string; unlike: readonly string[]; force: boolean }): void {
  const { name, unlike, force } = record;
  if (unlike.length === 0) {
    return;
  }
  if (force) {
    printWarning(`${name} is recorded although: ${unlike.join('; ')}.`);
    return;
  }
  throw new MigrationError(
    {
      title: `Not recorded: ${name} is not in the database`,
      subject: unlike.join('\n'),
      happens: 'What this migration makes is not there, or is there in another form.',
      hurts: 'Recorded all the same it would never run, and what comes after it builds on what is not there.',
      remedy: [
        'Let it run, or go on where it stopped:  npm run migrate',
        'Or bring the database to it by hand, then record it again.',
        `Record it all the same:  npm run migrate:log -- ${name} --force`,
      ],
      left: 'Nothing was changed.',
    },
    { exitCode: 2 },
  );
}

/**
 * @param record.unlike what of it is in the database; undefined where that cannot be told.
 * @throws MigrationError (exit code 2) when what the migration makes is there, or it cannot be told, unless forced.
 */
export function assertGone(record: { name: string; unlike: readonly string[] | undefined; force: boolean }): void {
  const { name, unlike, force } = record;
  if (unlike?.length === 0) {
    return;
  }
  if (force) {
    printWarning(`${name} is taken off the record although: ${unlike?.join('; ') ?? 'what it made cannot be told'}.`);
    return;
  }
  const forced = `Take it off the record all the same:  npm run migrate:unlog -- ${name} --force`;
  throw new MigrationError(
    {
      title: `Not taken off the record: ${name} ${unlike ? 'is in the database' : 'has no file here'}`,
      ...(unlike ? { subject: unlike.join('\n') } : {}),
      happens: unlike
        ? 'What this migration makes is still there.'
        : 'What it makes cannot be told, nor whether that is gone.',
      hurts: unlike
        ? 'The next run would make it a second time, and fail in the middle.'
        : 'Without its record nobody knows any more that it has run.',
      remedy: unlike
        ? ['Revert it:  npm run migrate:down', forced]
        : ['Check out the version that has the file, or forget it:  npm run migrate:repair', forced],
      left: 'Nothing was changed.',
    },
    { exitCode: 2 },
  );
}
