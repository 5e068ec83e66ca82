import type { CommandModule } from 'yargs';
import type { Adoption } from '../adopt/adoption.ts';
import { printResult } from '../terminal/terminal.ts';
import { askYes } from './ask-yes.ts';
import { withOrm } from './orm.ts';

interface Arguments {
  yes?: boolean;
  'dry-run'?: boolean;
}

export const command: CommandModule<object, Arguments> = {
  command: 'migrate:adopt',
  describe: 'Take over a database that another tool has made: record what is there, write a migration for the rest',
  builder: args =>
    args
      .options({
        yes: { alias: 'y', type: 'boolean', describe: 'Do not ask' },
        'dry-run': { type: 'boolean', describe: 'Only show what matches, what differs and what is not ours' },
      })
      .epilogue(
        'Touches no row and no object; a second time it changes nothing. docs/adopting.md\n' +
          'Exit codes: 0 adopted, or nothing to do · 1 failed · 2 nobody said yes: the output says what would be done',
      ),
  handler: ({ yes = false, 'dry-run': dryRun = false }) =>
    withOrm(async (_orm, migrator) => {
      await migrator.assertNumbered();
      const { adopt, readAdoption } = await import('../adopt/adopt.ts');
      const { renderAdoption } = await import('../adopt/adoption.ts');
      const project = await migrator.project();
      if (dryRun) {
        printResult(`${renderAdoption(await readAdoption(project))}\nNothing was changed.`);
        return;
      }
      const adopted = await adopt(project, { confirm: adoption => ask(renderAdoption(adoption), yes) });
      if (adopted) {
        printResult(renderSummary(adopted));
      }
    }),
};

function ask(text: string, yes: boolean): Promise<boolean> {
  const question = {
    text,
    title: 'Not adopted',
    hurts: 'What is recorded by mistake never runs here.',
    question: 'Record these, and write that file?',
    remedy: 'If that is right:  npm run migrate:adopt -- --yes',
  };
  return askYes(question, yes);
}

function renderSummary({ there, recorded, rest, absent }: Adoption): string {
  const last = [...recorded, ...there].toSorted().at(-1) ?? '';
  const run = `npm run migrate${absent.some(name => name < last) ? ' -- --allow-out-of-order' : ''}`;
  if (there.length === 0 && rest?.code === undefined) {
    return `Nothing to do: what is there is recorded.${absent.length > 0 || rest ? ` Next: ${run}` : ''}`;
  }
  const count = `${there.length} ${there.length === 1 ? 'migration' : 'migrations'} recorded`;
  const file = rest?.code === undefined ? '' : `, ${rest.file} written`;
  return `${count}${file}; no row and no object was touched. Next: npm run migrate:plan, then ${run}`;
}
