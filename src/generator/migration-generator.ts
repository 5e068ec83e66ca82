import { link, mkdir, unlink, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Configuration } from '@mikro-orm/core';
import { MigrationGenerator } from '@mikro-orm/migrations';
import { SettingsError } from '../errors.ts';
import type { FilePlan } from '../planner/plan-files.ts';
import { RELEASE } from '../planner/waiting-contracts.ts';
import type { Change } from '../statement/change.ts';
import { readStatements, type Statement } from '../statement/read.ts';
import {
  describeKeeps,
  describeLeft,
  describeLosses,
  describePurpose,
  describeRefused,
  describeRollback,
  describeUnused,
  lowerFirst,
  nameFromChanges,
} from './describe.ts';
import { assertHistory, assertNameIsFree, type MigrationFile, nextNumber, readHistory } from './history.ts';
import { fitMigrationName, readMigrationName, renderRecordedName, snakeCase } from './migration-name.ts';
import { type MigrationSource, renderMigration, type StatementSource } from './render.ts';

interface MigrationDiff {
  up: string[];
  down: string[];
}

/** What replaces the parts that otherwise follow from the change. */
export interface MigrationPreset {
  readonly number: number;
  readonly name: string;
  readonly purpose: string;
  readonly rollback: string;
  readonly keeps?: readonly string[];
}

/** Writes the numbered file of a migration: header, up and down. */
export class OnlineMigrationGenerator extends MigrationGenerator {
  /**
   * Sentences for the headers, a line for each file; made from name and change when it is absent. `--purpose`, as often as there
   * are files; `MIGRATE_PURPOSE`.
   */
  purpose: string | undefined = process.env.MIGRATE_PURPOSE;
  /** Set while MikroORM's rollup runs: the merged file takes the place of those it merges. */
  preset: MigrationPreset | undefined;

  /**
   * One file for statements that are taken as they are: `--blank`, `--initial`, a rollup.
   * @returns the source and the file's name, as MikroORM expects them.
   * @throws MigrationError for a bad or taken name, or a history that is not numbered one after the other.
   */
  override async generate(diff: MigrationDiff, path?: string, name?: string): Promise<[string, string]> {
    if (this.preset) {
      return this.write(this.directory(path), mergedMigration(this.preset, diff));
    }
    const { planRollback } = await import('../planner/rollback.ts');
    const up = await readStatements(diff.up.join('\n'));
    const down = planRollback(allChanges(up), await readStatements(diff.down.join('\n')));
    const plan = { up, down: down.map(sql => ({ sql })) };
    const [file] = await this.generateFiles([{ role: 'expand', columns: [], ...plan }], { path, name });
    return [file?.code ?? '', file?.fileName ?? ''];
  }

  /**
   * A file for each part of a change, numbered one after the other.
   * @param options.name names separated by commas, in the order of the files; those that are missing are derived.
   */
  async generateFiles(
    files: readonly SourcePlan[],
    options: { path?: string | undefined; name?: string | undefined },
  ): Promise<WrittenFile[]> {
    const directory = this.directory(options.path);
    const history = await readHistory(directory);
    assertHistory(history);
    const planned: PlannedMigration[] = [];
    for (const [index, file] of files.entries()) {
      const changes = await changesOfSteps(file.up);
      const typed = options.name?.split(',').map(readMigrationName);
      const name = fileName({ history, file, changes, typed, index });
      assertNameIsFree(history, name);
      planned.push({
        recordedName: renderRecordedName(nextNumber(history) + index, name),
        ...(await describeFile(file, typed ? name : undefined)),
        ...(await this.purposeOf(file, index)),
        up: file.up,
        down: file.down,
        left: [...describeLeft(changes), ...(isOnlyKeeping(file) ? ['nothing was changed'] : [])],
        keeps: file.keeps,
        contracts: contracted(file.role, planned),
      });
    }
    const written: WrittenFile[] = [];
    for (const migration of planned) {
      const [code, name] = await this.write(directory, migration);
      written.push({ code, fileName: name });
    }
    return written;
  }

  /** The line for this file; where there are fewer lines than files, the first one and what the file does. */
  private async purposeOf(file: SourcePlan, index: number): Promise<{ purpose?: string }> {
    const lines = (this.purpose ?? '')
      .split('\n')
      .map(line => line.trim())
      .filter(line => line !== '');
    const [first, purpose] = [lines[0], lines[index]];
    if (purpose !== undefined || first === undefined) {
      return purpose === undefined ? {} : { purpose };
    }
    return { purpose: `${first.replace(/\.$/, '')}: ${lowerFirst((await describeFile(file)).purpose)}` };
  }

  /** Required by MikroORM's base class, which calls it from the `generate` that we replace. */
  override generateMigrationFile(className: string): string {
    throw new Error(`${className}: OnlineMigrationGenerator writes whole files, see generate()`);
  }

  /** The folder that migrations are written to: `--path`, else `pathTs` or `path` of the configuration. */
  directory(path?: string): string {
    return migrationsDirectory(this.driver.config, path);
  }

  private async write(directory: string, migration: PlannedMigration): Promise<[string, string]> {
    const language = this.language();
    const date = new Date().toISOString().slice(0, 10);
    const code = renderMigration({ ...migration, language, date, importFrom: importPath(directory) });
    const file = `${migration.recordedName}.${language}`;
    await writeNewFile(directory, file, code);
    return [code, file];
  }

  private language(): 'ts' | 'js' {
    const { emit } = this.options;
    if (emit === 'cjs') {
      throw new SettingsError({
        title: 'Bad setting: migrations.emit',
        happens: 'It is "cjs"; migrations are written as ES modules.',
        remedy: 'Set it to "ts" or "js" in mikro-orm.config.ts.',
      });
    }
    return emit ?? 'ts';
  }
}

/** As {@link OnlineMigrationGenerator.directory}. */
export function migrationsDirectory(config: Configuration, path?: string): string {
  const { emit, pathTs, path: own } = config.get('migrations');
  return resolve(config.get('baseDir'), path ?? ((emit === 'ts' && pathTs) || own || './migrations'));
}

/** Of the files of one change, the first is what the release needs; a cleanup comes a deploy behind the contract. */
function contracted(role: FilePlan['role'], planned: readonly PlannedMigration[]): string | undefined {
  switch (role) {
    case 'expand':
      return undefined;
    case 'populate':
    case 'contract':
      return planned[0]?.recordedName ?? RELEASE;
    case 'cleanup':
      return planned.at(-1)?.recordedName ?? RELEASE;
    default: {
      const never: never = role;
      return never;
    }
  }
}

/** What a file holds: steps of a plan, or statements as they are. */
export interface SourcePlan {
  readonly role: FilePlan['role'];
  readonly columns: readonly string[];
  readonly about?: FilePlan['about'];
  readonly keeps?: FilePlan['keeps'];
  readonly up: readonly StatementSource[];
  readonly down: readonly StatementSource[];
}

export interface WrittenFile {
  readonly code: string;
  readonly fileName: string;
}

type PlannedMigration = Pick<
  MigrationSource,
  | 'recordedName'
  | 'purpose'
  | 'order'
  | 'loses'
  | 'deploy'
  | 'rollback'
  | 'up'
  | 'down'
  | 'left'
  | 'contracts'
  | 'keeps'
>;

/** A rollup's statements are placeholders that MikroORM replaces with the bodies of the merged files. */
function mergedMigration(
  { number, name, purpose, rollback, keeps }: MigrationPreset,
  { up, down }: MigrationDiff,
): PlannedMigration {
  const statements = (all: readonly string[]): StatementSource[] => all.map(sql => ({ sql }));
  return {
    recordedName: renderRecordedName(number, name),
    purpose,
    rollback,
    keeps,
    up: statements(up),
    down: statements(down),
  };
}

/** The name that was typed for this file, or one made from the first name, or from the change. */
function fileName({
  history,
  file,
  changes,
  typed,
  index,
}: {
  readonly history: readonly MigrationFile[];
  readonly file: SourcePlan;
  readonly changes: readonly Change[];
  readonly typed: readonly string[] | undefined;
  readonly index: number;
}): string {
  const given = typed?.[index];
  if (given !== undefined) {
    return given;
  }
  if (file.role === 'populate') {
    return freeName(history, `populate_${file.columns.map(snakeCase).join('_and_')}`);
  }
  const first = index > 0 && typed?.[0];
  const own = file.about?.name ?? nameFromChanges(changes, file.keeps);
  return freeName(history, first ? `${fitMigrationName(first, 9)}_${file.role}` : own);
}

type Described = Pick<MigrationSource, 'purpose' | 'order' | 'loses' | 'deploy' | 'rollback'>;

/** A part that was planned as a whole says of itself what it is for; the other steps are read. */
async function describeFile(file: SourcePlan, typedName?: string): Promise<Described> {
  const described = await describeSteps(file, typedName);
  const { keeps = [] } = file;
  if (keeps.length === 0) {
    return described;
  }
  return isOnlyKeeping(file)
    ? { purpose: describeKeeps(keeps, typedName), rollback: 'nothing was changed; migration:create asks again' }
    : { ...described, purpose: `${described.purpose}; ${lowerFirst(describeKeeps(keeps))}` };
}

function isOnlyKeeping({ up, keeps = [] }: SourcePlan): boolean {
  return up.length === 0 && keeps.length > 0;
}

async function describeSteps({ role, up, down, about }: SourcePlan, typedName?: string): Promise<Described> {
  const [changes, back] = [
    await changesOfSteps(about?.others.up ?? up),
    await changesOfSteps(about?.others.down ?? down),
  ];
  const conditions = [
    (await isRenameAtOnce(up)) ? AT_ONCE : describeUnused(role, changes),
    role === 'expand' ? describeRefused(changes) : undefined,
  ].filter(condition => condition !== undefined);
  const others = conditions.length > 0 ? conditions.join('; ') : undefined;
  if (about === undefined) {
    const rollback = describeRollback(changes, back);
    const deploy = role === 'populate' ? WRITTEN : others;
    return { purpose: describePurpose(changes, typedName), loses: describeLosses(changes), rollback, deploy };
  }
  const { purpose, order, rollback, deploy, loses } = about;
  if (changes.length === 0) {
    return { purpose, order, rollback, deploy, loses };
  }
  return {
    purpose: `${purpose}; ${lowerFirst(describePurpose(changes))}`,
    order,
    loses: [loses, describeLosses(changes)].filter(loss => loss !== undefined).join('; ') || undefined,
    rollback: joinRollbacks(rollback, describeRollback(changes, back)),
    deploy: others === undefined ? deploy : `${others}. The rest: ${deploy}`,
  };
}

const LOSES_NOTHING = '; no data is lost';

/** That nothing is lost is said once, and only where it holds for both. */
function joinRollbacks(own: string, others: string): string {
  return own.endsWith(LOSES_NOTHING)
    ? `${own.slice(0, -LOSES_NOTHING.length)}; ${others}`
    : `${own}; ${others.replace(LOSES_NOTHING, '')}`;
}

const WRITTEN = 'when the release that writes the column is everywhere: an older one inserts rows without it';
const AT_ONCE = 'while no release runs that uses the old name: the rename is at once';

const RENAMES: ReadonlySet<Change['kind']> = new Set(['rename column', 'rename table', 'rename enum value']);

async function isRenameAtOnce(steps: readonly StatementSource[]): Promise<boolean> {
  const assumed = await changesOfSteps(steps.filter(({ assumedSafe }) => assumedSafe !== undefined));
  return assumed.some(({ kind }) => RENAMES.has(kind));
}

async function changesOfSteps(steps: readonly StatementSource[]): Promise<Change[]> {
  return (await Promise.all(steps.map(async ({ sql }) => allChanges(await readStatements(sql))))).flat();
}

function allChanges(statements: readonly Statement[]): Change[] {
  return statements.flatMap(({ changes }) => changes);
}

/** A name of our own making gets a counter where it is taken: `change_users_2`. */
function freeName(history: readonly MigrationFile[], wish: string): string {
  const name = fitMigrationName(wish);
  const taken = new Set(history.map(migration => migration.name));
  for (let count = 2, free = name; ; free = `${fitMigrationName(name, 4)}_${count++}`) {
    if (!taken.has(free)) {
      return free;
    }
  }
}

/**
 * What a migration file imports `OnlineMigration` from: this package by name, or, where the package itself is being developed
 * and its sources run as they are, the relative path to them.
 */
export function importPath(directory: string): string {
  const own = fileURLToPath(import.meta.url);
  if (!own.endsWith('.ts')) {
    return 'sunschool-db';
  }
  const path = relative(directory, resolve(own, '../../index.ts')).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

/** Writes a file that is there whole or not at all, and never over another. @throws EEXIST */
export async function writeNewFile(directory: string, file: string, text: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const draft = join(directory, `.${file}.${process.pid}.draft`);
  try {
    await writeFile(draft, text, { flush: true });
    await link(draft, join(directory, file));
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}
