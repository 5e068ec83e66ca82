import { type Constructor, type MikroORM, type SeederObject, Utils } from '@mikro-orm/core';
import { fs } from '@mikro-orm/core/fs-utils';
import { Seeder, SeedManager } from '@mikro-orm/seeder';
import { ExplainedError, postgresError, RefusedError, SettingsError } from './errors.ts';
import { isLocalServer } from './server/connection/hosts.ts';
import { productionVariable } from './server/production.ts';
import { findProduction, inProduction } from './server/protection.ts';
import { withCommandLineErrors } from './terminal/host.ts';

/**
 * MikroORM's seed manager for made-up data only: it never runs in production, nor on a server elsewhere unless
 * `ALLOW_REMOTE_SEED=1` allows that. Register it as an extension; `mikro-orm seeder:run`, `migration:fresh --seed`,
 * `schema:fresh --seed` and `db:seed` all go through it.
 */
export class OnlineSeedManager extends SeedManager {
  /** MikroORM 7.2 adds its own seed manager behind any extension that is not called 'SeedManager', and the last one wins. */
  static override readonly name = 'SeedManager';

  readonly #orm: MikroORM;

  static override register(orm: MikroORM): void {
    orm.config.registerExtension('@mikro-orm/seeder', () => new OnlineSeedManager(orm));
  }

  constructor(orm: MikroORM) {
    super(orm.em);
    this.#orm = orm;
  }

  /**
   * @throws RefusedError where made-up data must not go; nothing is written then.
   * @throws ExplainedError when the tables are not there yet.
   */
  override async seed(...seeders: Constructor<Seeder>[]): Promise<void> {
    await this.#attempt(async () => {
      await assertMaySeed(this.#orm);
      await super.seed(...seeders).catch(error => {
        throw explainMissingTables(error);
      });
    });
  }

  /** @throws SettingsError for a name that no seeder has, before any of them runs; and what {@link seed} throws. */
  override async seedString(...names: string[]): Promise<void> {
    await this.#attempt(async () => {
      await assertMaySeed(this.#orm);
      const seeders = await this.#findSeeders();
      await this.seed(...names.map(name => seeders.get(name) ?? throwUnknown(name, [...seeders.keys()])));
    });
  }

  #attempt(work: () => Promise<void>): Promise<void> {
    return withCommandLineErrors(work, () => this.#orm.close(true));
  }

  /** The classes that MikroORM would look among, without what else their files export. */
  async #findSeeders(): Promise<Map<string, Constructor<Seeder>>> {
    const { config } = this.#orm;
    const options = config.get('seeder');
    if (options.seedersList) {
      return new Map(options.seedersList.map(entry => readListEntry(entry)));
    }
    // Without a name it runs nothing, but decides the folder where the project gives none.
    await super.seedString();
    const isTypeScript = config.get('preferTs', Utils.detectTypeScriptSupport()) && options.pathTs;
    const folder = fs.absolutePath(
      (isTypeScript ? options.pathTs : options.path) ?? './seeders',
      config.get('baseDir'),
    );
    const files = fs.glob(fs.normalizePath(folder, options.glob ?? '!(*.d).{js,ts}')).sort();
    const modules = await Promise.all(files.map(file => fs.dynamicImport<Record<string, unknown>>(file)));
    return new Map(
      modules.flatMap(Object.entries).filter((entry): entry is [string, Constructor<Seeder>] => isSeeder(entry[1])),
    );
  }
}

/**
 * Made-up data belongs into a database for development or tests.
 * @throws RefusedError in production, and for a server elsewhere unless `ALLOW_REMOTE_SEED=1`.
 */
export async function assertMaySeed({ driver }: MikroORM): Promise<void> {
  const connection = driver.getConnection();
  const { host } = connection.getConnectionOptions();
  // nothing connects to a server elsewhere unless that is allowed
  const isAllowed = isLocalServer({ host }) || process.env.ALLOW_REMOTE_SEED === '1';
  const production = productionVariable(process.env) || isAllowed ? await findProduction(connection) : undefined;
  if (production) {
    throw inProduction(production, { title: 'seeding', hurts: HURTS });
  }
  if (!isAllowed) {
    throw new RefusedError({
      title: `Refused: seeding on ${host}`,
      happens: `The server is not on this machine: ${host}.`,
      hurts: HURTS,
      remedy: [
        'Seed a database of your own: unset DATABASE_URL for the embedded server.',
        'If that server is for development or tests: ALLOW_REMOTE_SEED=1',
      ],
      left: 'Nothing was written.',
    });
  }
}

const HURTS = 'Seeders add made-up people and accounts whose passwords everybody knows.';

function readListEntry(entry: Constructor<unknown> | SeederObject): [string, Constructor<Seeder>] {
  return [entry.name, (typeof entry === 'function' ? entry : entry.class) as Constructor<Seeder>];
}

function isSeeder(value: unknown): boolean {
  return typeof value === 'function' && value.prototype instanceof Seeder;
}

function throwUnknown(name: string, known: readonly string[]): never {
  throw new SettingsError({
    title: `No such seeder: ${name}`,
    happens: known.length > 0 ? `There are: ${known.join(', ')}` : 'There is no seeder at all.',
    remedy: 'npm run db:seed -- --class NAME, or npx mikro-orm seeder:run --class NAME',
    left: 'Nothing was written.',
  });
}

/** undefined_table, undefined_column, undefined_object: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const MISSING_CODES = ['42P01', '42703', '42704'];

function explainMissingTables(error: unknown): unknown {
  const postgres = error instanceof ExplainedError ? undefined : postgresError(error);
  if (!postgres || !MISSING_CODES.includes(postgres.code)) {
    return error;
  }
  return new ExplainedError(
    {
      title: 'Cannot seed: the tables are not as the entities describe them',
      happens: 'A table or column that the seeder fills is not there (yet).',
      remedy: 'npm run migrate, then seed again.',
      left: 'Nothing was written.',
    },
    { cause: error },
  );
}
