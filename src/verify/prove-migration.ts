/** One migration there and back and there again, on a shadow database with rows. */
import type { Catalog } from '../catalog/catalog.ts';
import { compareCatalogs, type Difference } from '../catalog/compare-catalogs.ts';
import { MigrationError, RefusedError } from '../errors.ts';
import { listStatements } from '../runner/list-statements.ts';
import { renderUnlike } from '../runner/records/made.ts';
import { fromError, noWayBack, otherCatalog, otherRows, otherSecondTime } from './explain.ts';
import type { DeclaredLosses } from './header.ts';
import type { Check, Finding, Outcome } from './report.ts';
import { type RowSums, renderOtherRows, sumRows } from './rows/checksums.ts';
import { type FilledColumns, readFilled, readFilledValues, renderLostValues } from './rows/filled-values.ts';
import { runOnShadow } from './run-on-shadow.ts';
import type { ShadowProject } from './shadow-project.ts';
import type { TracedStep } from './trace/traced-step.ts';

export interface ProveOptions {
  readonly name: string;
  readonly losses: DeclaredLosses;
  /** A person has decided that there is no way back. */
  readonly isOneWay: boolean;
}

export interface Proved {
  readonly findings: readonly Finding[];
  readonly outcomes: Partial<Record<Check, Outcome>>;
  readonly steps: readonly TracedStep[];
  /** Whether those behind it can be proved: the database is where `up` leaves it. */
  readonly canGoOn: boolean;
  /** Where `up` has left it. */
  readonly catalog?: Catalog;
}

/** Leaves the database behind `up`. @throws InterruptedError, and what no migration is to blame for. */
export async function proveMigration(shadow: ShadowProject, options: ProveOptions): Promise<Proved> {
  const proof = new Proof(shadow, options);
  const canGoOn = await proof.run();
  const { findings, outcomes, steps, catalog } = proof;
  return { findings, outcomes, steps, canGoOn, ...(catalog ? { catalog } : {}) };
}

interface State {
  readonly catalog: Catalog;
  readonly rows: RowSums;
  readonly filled: Awaited<ReturnType<typeof readFilledValues>>;
}

class Proof {
  readonly findings: Finding[] = [];
  readonly outcomes: Partial<Record<Check, Outcome>> = {};
  readonly steps: TracedStep[] = [];
  catalog: Catalog | undefined;
  readonly #shadow: ShadowProject;
  readonly #options: ProveOptions;
  #filled: FilledColumns = new Map();

  constructor(shadow: ShadowProject, options: ProveOptions) {
    this.#shadow = shadow;
    this.#options = options;
  }

  /** @returns whether the database is where `up` leaves it. */
  async run(): Promise<boolean> {
    const { name, isOneWay } = this.#options;
    if (!(await this.#attempt('up', 'list its statements', () => this.#list()))) {
      return false;
    }
    const before = await this.#read();
    if (!(await this.#attempt('up', 'run', () => this.#go('up')))) {
      return false;
    }
    const reached = await this.#read();
    this.catalog = reached.catalog;
    if (isOneWay) {
      return true;
    }
    const missing = await this.#findNoWayBack(compareCatalogs(before.catalog, reached.catalog));
    if (missing !== undefined) {
      this.#fail(noWayBack(name, missing));
      return true;
    }
    if (!(await this.#attempt('down', 'go back', () => this.#go('down')))) {
      // one that is refused has changed nothing
      return compareCatalogs(reached.catalog, await this.#shadow.readCatalog()).length === 0;
    }
    await this.#compareReverted(before);
    if (!(await this.#attempt('again', 'run a second time', () => this.#go('up')))) {
      return false;
    }
    await this.#compareReached('again', reached);
    return true;
  }

  async #list(): Promise<void> {
    const listed = await this.#shadow.project.files.list([this.#options.name]);
    const filled = readFilled(listed.flatMap(({ statements }) => statements));
    this.#filled = new Map([...filled].map(([table, columns]) => [table, this.#withoutLost(table, columns)]));
  }

  #withoutLost(table: string, columns: ReadonlySet<string>): ReadonlySet<string> {
    return new Set([...columns].filter(column => !this.#options.losses.isLostColumn(table, column)));
  }

  #go(method: 'up' | 'down'): Promise<void> {
    return runOnShadow(this.#shadow, { name: this.#options.name, method });
  }

  async #read(): Promise<State> {
    const { client, own } = this.#shadow;
    const { losses } = this.#options;
    const catalog = await this.#shadow.readCatalog();
    const isLost = (table: string, column: string): boolean =>
      losses.isLostColumn(table, column) || this.#filled.get(table)?.has(column) === true;
    const rows = await sumRows(client, { without: own, isLost });
    return { catalog, rows, filled: await readFilledValues(client, this.#filled) };
  }

  /** What is no fault of the migration is thrown. */
  async #attempt(check: Check, way: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      this.outcomes[check] = 'proved';
      return true;
    } catch (error) {
      if (!isOfMigration(error)) {
        throw error;
      }
      this.#fail(fromError(error, { check, migration: this.#options.name }, way));
      return false;
    }
  }

  #fail(finding: Finding): void {
    this.findings.push(finding);
    this.outcomes[finding.check as Check] = 'failed';
  }

  /** @param changes what `up` did. @returns why there is none. */
  async #findNoWayBack(changes: readonly Difference[]): Promise<string | undefined> {
    const { driver, config, files } = this.#shadow.project;
    const [migration] = await files.load([this.#options.name]);
    try {
      const listed = migration ? await listStatements(migration, { driver, config }, 'down') : [];
      const isKept = changes.every(change => this.#mayStay(change));
      return listed.length === 0 && !isKept ? 'Its down lists no statement, and up changes the schema.' : undefined;
    } catch (error) {
      return `Its down cannot be listed: ${error instanceof Error ? error.message : error}`;
    }
  }

  #mayStay({ object, relation }: Difference): boolean {
    return object === 'enum' && this.#options.losses.stays(relation);
  }

  async #compareReverted(before: State): Promise<void> {
    const { name, losses } = this.#options;
    const now = await this.#read();
    const differences = compareCatalogs(before.catalog, now.catalog).filter(change => !this.#mayStay(change));
    if (differences.length > 0) {
      this.#fail(otherCatalog(name, renderUnlike(differences)));
    }
    const rows = [
      ...renderOtherRows(before.rows, now.rows, table => losses.isLostTable(table)),
      ...renderLostValues(before.filled, now.filled),
    ];
    if (rows.length > 0) {
      this.#fail(otherRows(name, rows));
    }
  }

  async #compareReached(check: 'again' | 'crash', reached: State): Promise<void> {
    const differences = compareCatalogs(reached.catalog, await this.#shadow.readCatalog());
    if (differences.length > 0) {
      this.#fail(otherSecondTime(this.#options.name, check, renderUnlike(differences)));
    }
  }
}

/** A server that is gone, or a setting that is wrong, is no finding about a file. */
function isOfMigration(error: unknown): error is MigrationError | RefusedError {
  return error instanceof MigrationError || error instanceof RefusedError;
}
