/** The command line that says again what was said, with answers added. Pure. */
import { parseArgs } from 'node:util';

/**
 * `npm run migrate:create -- --name … --purpose … --rename users.name:display_name`, from a run of ours or of
 * `mikro-orm migration:create`; or `npm run migrate:diff` without its URLs, which may hold passwords.
 * @param argv of the process. @param flags one option with its value each, as `decide` gives them.
 */
export function renderCreateCommand(argv: readonly string[], env: NodeJS.ProcessEnv, flags: readonly string[]): string {
  const { values, positionals } = parseArgs({ args: argv.slice(2), strict: false, options: OPTIONS });
  const given = (['name', 'path'] as const).flatMap(option => {
    const value = values[option];
    return typeof value === 'string' ? [`--${option} ${value}`] : [];
  });
  const repeated = (option: string, lines = ''): string[] =>
    lines
      .split('\n')
      .filter(line => line.trim() !== '')
      .map(line => `--${option} ${line.trim()}`);
  const purposes = repeated('purpose', env.MIGRATE_PURPOSE);
  const answers = ANSWERS.flatMap(option => repeated(option, env[answerVariable(option)]));
  const isDiff = positionals.includes('migrate:diff');
  const command = isDiff ? 'migrate:diff' : 'migrate:create';
  const urls = isDiff ? ['from', 'to'].filter(option => option in values).map(option => `--${option} …`) : [];
  const keeps = env.MIGRATE_KEEP_OLD === '1' ? ['--keep-old'] : [];
  const all = [...[...given, ...purposes, ...answers, ...flags].map(renderFlag), ...keeps];
  return [`npm run ${command} --`, ...urls, ...all].join(' ');
}

/** The flags that answer what only a person can know. */
export const ANSWERS = [
  'rename',
  'rename-in-steps',
  'rename-in-code',
  'drop',
  'keep',
  'fill',
  'using',
  'using-back',
  'drop-value',
  'reorder',
] as const;

/** Where plain `mikro-orm` has the answers from: `MIGRATE_RENAME_IN_STEPS`. */
export function answerVariable(option: (typeof ANSWERS)[number]): string {
  return `MIGRATE_${option.replaceAll('-', '_').toUpperCase()}`;
}

const OPTIONS = {
  name: { type: 'string', short: 'n' },
  path: { type: 'string', short: 'p' },
} as const;

/** `--fill users.grade=coalesce(age, 5)` with its value quoted for a POSIX shell where it has to be. */
export function renderFlag(flag: string): string {
  const [, option = '', value = ''] = /^(\S+) (.*)$/s.exec(flag) ?? [];
  return `${option} ${/^[\w.:=,/@%+…-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`}`;
}
