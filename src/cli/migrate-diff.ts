import type { CommandModule } from 'yargs';
import type { Difference } from '../catalog/compare-catalogs.ts';
import { SettingsError } from '../errors.ts';
import type { FilePlan } from '../planner/plan-files.ts';
import { printResult, printWarning } from '../terminal/terminal.ts';
import { type AnswerArguments, answerOptions, lastOf, repeatable, setAnswerVariables } from './answer-options.ts';
import { withOrm } from './orm.ts';

interface Arguments extends AnswerArguments {
  from?: string;
  to?: string;
  json?: boolean;
}

interface Planned {
  readonly files: readonly FilePlan[];
  /** What the steps do not bring about: a person has to. */
  readonly unplanned: readonly Difference[];
}

export const command: CommandModule<object, Arguments> = {
  command: 'migrate:diff',
  describe: 'Show the steps from one database to another, or what migrate:create would write; changes nothing',
  builder: args =>
    args
      .parserConfiguration(repeatable)
      .options({
        from: { type: 'string', coerce: lastOf, requiresArg: true, describe: 'URL of the database that would change' },
        to: { type: 'string', coerce: lastOf, requiresArg: true, describe: 'URL of the one it would become like' },
        json: { type: 'boolean', describe: 'Print the plan: { files: [{ role, up, down }], unplanned }' },
        ...answerOptions,
      })
      .epilogue(
        'The last of these answer what is asked, and can be repeated.\n' +
          'Exit codes: 0 nothing to do · 1 failed · 2 a person must decide · 3 there is a difference',
      ),
  handler: async ({ from, to, json, ...answers }) => {
    setAnswerVariables(answers);
    const planned = await plan(from, to);
    await printPlan(planned, json === true);
    process.exitCode = planned.files.length + planned.unplanned.length > 0 ? 3 : 0;
  },
};

async function plan(from: string | undefined, to: string | undefined): Promise<Planned> {
  if (from !== undefined && to !== undefined) {
    return planBetween(from, to);
  }
  if (from === undefined && to === undefined) {
    const { planEntityChange } = await import('../project/plan-change.ts');
    return withOrm(async (_orm, migrator) => {
      return { files: await planEntityChange(await migrator.project()), unplanned: [] };
    });
  }
  throw new SettingsError({
    title: 'Cannot read the command line',
    happens: `There is --${from === undefined ? 'to' : 'from'}, and no --${from === undefined ? 'from' : 'to'}.`,
    remedy: 'Give both URLs, or none to see what npm run migrate:create would write.',
    left: 'Nothing was done.',
  });
}

async function planBetween(from: string, to: string): Promise<Planned> {
  const [{ withReadOnlyClient }, { withLiveChange }, { planChange }, { readDecisionVariables }] = await Promise.all([
    import('../server/read-only.ts'),
    import('../proof/live-difference.ts'),
    import('../generator/create-migrations.ts'),
    import('../generator/ask.ts'),
  ]);
  const { env } = process;
  return withReadOnlyClient(from, { source: '--from', env }, first =>
    withReadOnlyClient(to, { source: '--to', env }, second =>
      withLiveChange({ from: first, to: second }, async change => {
        const files = await planChange(change, readDecisionVariables(env));
        return { files, unplanned: await change.findUnplanned() };
      }),
    ),
  );
}

async function printPlan({ files, unplanned }: Planned, json: boolean): Promise<void> {
  if (json) {
    printResult(JSON.stringify({ files, unplanned }, null, 2));
    return;
  }
  const { renderPlan } = await import('../generator/render-plan.ts');
  if (files.length > 0) {
    printResult(`${renderPlan(files)}\n`);
  }
  for (const { object, relation, name, property } of unplanned) {
    const what = [object, [relation, name].filter(Boolean).join('.'), ...(property ? [`(${property})`] : [])].join(' ');
    printWarning(`${what} differs, and no step is planned for it.`);
  }
  printResult(renderSummary(files, unplanned));
}

function renderSummary(files: readonly FilePlan[], unplanned: readonly Difference[]): string {
  const steps = files.reduce((sum, { up }) => sum + up.length, 0);
  if (steps + unplanned.length === 0) {
    return 'Nothing to do: there is no difference.';
  }
  const count = (number: number, one: string): string => `${number} ${number === 1 ? one : `${one}s`}`;
  return `${count(steps, 'step')} in ${count(files.length, 'file')}. Nothing was changed or written.`;
}
