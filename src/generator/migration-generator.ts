import { link, mkdir, unlink, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MigrationGenerator } from '@mikro-orm/migrations';
import { SettingsError } from '../errors.ts';
import { planRollback } from '../planner/rollback.ts';
import type { Change } from '../statement/change.ts';
import { readStatements, type Statement } from '../statement/read.ts';
import { describePurpose, describeRollback, nameFromChanges } from './describe.ts';
import { assertHistory, assertNameIsFree, type MigrationFile, nextNumber, readHistory } from './history.ts';
import { fitMigrationName, readMigrationName, renderRecordedName } from './migration-name.ts';
import { type MigrationSource, renderMigration } from './render.ts';

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
}

/** Writes the numbered file of a migration: header, up and down. */
export class OnlineMigrationGenerator extends MigrationGenerator {
  /** A sentence for the header; made from name and change when it is absent. `--purpose`, `MIGRATE_PURPOSE`. */
  purpose: string | undefined = process.env.MIGRATE_PURPOSE;
  /** Set while MikroORM's rollup runs: the merged file takes the place of those it merges. */
  preset: MigrationPreset | undefined;

  /**
   * @returns the source and the file's name, as MikroORM expects them.
   * @throws MigrationError for a bad or taken name, or a history that is not numbered one after the other.
   */
  override async generate(diff: MigrationDiff, path?: string, name?: string): Promise<[string, string]> {
    const directory = this.directory(path);
    const migration = this.preset ? mergedMigration(this.preset, diff) : await this.plan(diff, directory, name);
    const language = this.language();
    const date = new Date().toISOString().slice(0, 10);
    const code = renderMigration({ ...migration, language, date, importFrom: importPath(directory) });
    const file = `${migration.recordedName}.${language}`;
    await writeNewFile(directory, file, code);
    return [code, file];
  }

  /** Required by MikroORM's base class, which calls it from the `generate` that we replace. */
  override generateMigrationFile(className: string): string {
    throw new Error(`${className}: OnlineMigrationGenerator writes whole files, see generate()`);
  }

  /** The folder that migrations are written to: `--path`, else `pathTs` or `path` of the configuration. */
  directory(path?: string): string {
    const fallback = (this.options.emit === 'ts' && this.options.pathTs) || this.options.path || './migrations';
    return resolve(this.driver.config.get('baseDir'), path ?? fallback);
  }

  private async plan(diff: MigrationDiff, directory: string, typed?: string): Promise<PlannedMigration> {
    const up = await readStatements(diff.up.join('\n'));
    const changes = allChanges(up);
    const down = planRollback(changes, await readStatements(diff.down.join('\n')));
    const history = await readHistory(directory);
    assertHistory(history);
    const name = typed === undefined ? freeName(history, nameFromChanges(changes)) : readMigrationName(typed);
    assertNameIsFree(history, name);
    return {
      recordedName: renderRecordedName(nextNumber(history), name),
      purpose: this.purpose || describePurpose(changes, typed === undefined ? undefined : name),
      rollback: describeRollback(changes, allChanges(await readStatements(down.join(';\n')))),
      up: up.map(({ sql }) => sql),
      down,
    };
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

type PlannedMigration = Pick<MigrationSource, 'recordedName' | 'purpose' | 'rollback' | 'up' | 'down'>;

/** A rollup's statements are placeholders that MikroORM replaces with the bodies of the merged files. */
function mergedMigration(
  { number, name, purpose, rollback }: MigrationPreset,
  { up, down }: MigrationDiff,
): PlannedMigration {
  return { recordedName: renderRecordedName(number, name), purpose, rollback, up, down };
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
function importPath(directory: string): string {
  const own = fileURLToPath(import.meta.url);
  if (!own.endsWith('.ts')) {
    return 'sunschool-db';
  }
  const path = relative(directory, resolve(own, '../../index.ts')).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

/** Writes a file that is there whole or not at all, and never over another. @throws EEXIST */
async function writeNewFile(directory: string, file: string, text: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const draft = join(directory, `.${file}.${process.pid}.draft`);
  try {
    await writeFile(draft, text, { flush: true });
    await link(draft, join(directory, file));
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}
