import type { CommandModule } from 'yargs';
import type { Repair } from '../runner/records/repair.ts';
import { printResult } from '../terminal/terminal.ts';
import { repeatable } from './answer-options.ts';
import { askYes } from './ask-yes.ts';
import { withOrm } from './orm.ts';

interface Arguments {
  names?: string[];
  yes?: boolean;
}

export const command: CommandModule<object, Arguments> = {
  command: 'migrate:repair [names..]',
  describe: 'Make the records of executed migrations fit the files, after you have made sure that the schema does',
  builder: args =>
    args
      // several names are several, not the last of them
      .parserConfiguration(repeatable)
      .positional('names', { type: 'string', array: true, describe: 'Only these, by name or number' })
      .option('yes', { alias: 'y', type: 'boolean', describe: 'Do not ask' })
      .epilogue(
        'Takes over the checksums of changed files, forgets what has no file. The schema stays as it is.\n' +
          'Exit codes: 0 repaired or nothing to do · 1 failed · 2 nobody said yes: the output says what would be done',
      ),
  handler: ({ names = [], yes = false }) =>
    withOrm(async (_orm, migrator) => {
      const repairs = await migrator.repair({ names: names.map(String), confirm: planned => ask(planned, yes) });
      printResult(renderSummary(repairs));
    }),
};

async function ask(repairs: readonly Repair[], yes: boolean): Promise<boolean> {
  const { renderRepairs } = await import('../runner/records/repair.ts');
  const question = {
    text: renderRepairs(repairs),
    title: 'Not repaired',
    hurts: 'A record that does not say what has run misleads every later command.',
    question: 'Does the schema fit these files, and shall the records say so?',
    remedy: 'If the schema fits these files:  npm run migrate:repair -- --yes',
  };
  return askYes(question, yes);
}

function renderSummary(repairs: readonly Repair[]): string {
  const count = `${repairs.length} ${repairs.length === 1 ? 'record' : 'records'}`;
  return repairs.length === 0
    ? 'Nothing to do: the records fit the files.'
    : `${count} repaired; the schema is as it was. Next: npm run migrate:status`;
}
