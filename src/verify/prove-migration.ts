/** One migration there and back and there again, on a shadow database with rows. */
import type { Catalog } from '../catalog/catalog.ts';
import { compareCatalogs, type Difference } from '../catalog/compare-catalogs.ts';
import { readFacts } from '../catalog/read-facts.ts';
import { MigrationError, RefusedError } from '../errors.ts';
import type { Step } from '../plan/plan.ts';
import { notListed } from '../runner/bad-statement.ts';
import { explainFailure } from '../runner/explain-failure.ts';
import { listStatements } from '../runner/list-statements.ts';
import { planRuns } from '../runner/plan-runs.ts';
import { renderUnlike } from '../runner/records/made.ts';
import type { ProvedSql } from './check-sql.ts';
import { fromError, noWayBack, otherCatalog, otherRows, otherSecondTime } from './explain.ts';
import type { DeclaredLosses } from './header.ts';
import type { Check, Finding, Outcome } from './report.ts';
import { type FilledColumns, readFilled } from './rows/filled-values.ts';
import { runKilled, runOnShadow } from './run-on-shadow.ts';
import type { ShadowProject } from './shadow-project.ts';
import { readState, renderOther, type State } from './state.ts';
import { judgeTrace } from './trace/judge-trace.ts';
import { traceSteps } from './trace/trace-steps.ts';
import type { TracedStep } from './trace/traced-step.ts';

export interface ProveOptions {
  readonly name: string;
  readonly losses: DeclaredLosses;
  /** A person has decided that there is no way back. */
  readonly isOneWay: boolean;
  /** Killed after every step too. */
  readonly crash: boolean;
}

export interface Proved {
  readonly findings: readonly Finding[];
  readonly outcomes: Partial<Record<Check, Outcome>>;
  readonly steps: readonly TracedStep[];
  /** What it lists. */
  readonly sql: ProvedSql;
  /** Whether those behind it can be proved: the database is where `up` leaves it. */
  readonly canGoOn: boolean;
  /** Where `up` has left it. */
  readonly catalog?: Catalog;
}

/** Leaves the database behind `up`. @throws InterruptedError, and what no migration is to blame for. */
export async function proveMigration(shadow: ShadowProject, options: ProveOptions): Promise<Proved> {
  const proof = new Proof(shadow, options);
  const canGoOn = await proof.run();
  const { findings, outcomes, steps, sql, catalog } = proof;
  return { findings, outcomes, steps, sql, canGoOn, ...(catalog ? { catalog } : {}) };
}

class Proof {
  readonly findings: Finding[] = [];
  readonly outcomes: Partial<Record<Check, Outcome>> = {};
  readonly steps: TracedStep[] = [];
  catalog: Catalog | undefined;
  sql: ProvedSql;
  readonly #shadow: ShadowProject;
  readonly #options: ProveOptions;
  #filled: FilledColumns = new Map();
  readonly #plans: { up?: readonly Step[]; down?: readonly Step[] } = {};

  constructor(shadow: ShadowProject, options: ProveOptions) {
    this.#shadow = shadow;
    this.#options = options;
    this.sql = { name: options.name, up: [], down: [] };
  }

  /** @returns whether the database is where `up` leaves it. */
  async run(): Promise<boolean> {
    const { isOneWay } = this.#options;
    if (!(await this.#attempt('up', 'list its statements', () => this.#list()))) {
      return false;
    }
    const missing = isOneWay ? undefined : await this.#findNoWayBack();
    if (isOneWay || missing !== undefined) {
      this.findings.push(...(missing === undefined ? [] : [missing]));
      return await this.#runOneWay();
    }
    const before = await this.#read();
    if (!(await this.#attempt('up', 'run', () => this.#go('up')))) {
      return false;
    }
    const reached = await this.#read(before);
    this.catalog = reached.catalog;
    if (!(await this.#attempt('down', 'go back', () => this.#go('down')))) {
      // one that is refused has changed nothing
      return compareCatalogs(reached.catalog, await this.#shadow.readCatalog()).length === 0;
    }
    const reverted = await this.#compareReverted(before);
    if (!(await this.#traceBoth())) {
      return false;
    }
    if (this.#options.crash && !(await this.#crash({ reached, reverted }))) {
      return false;
    }
    if (!(await this.#attempt('again', 'run a second time', () => this.#go('up')))) {
      return false;
    }
    await this.#compareReached('again', reached);
    return true;
  }

  async #list(): Promise<void> {
    const { name } = this.#options;
    const listed = await this.#shadow.project.files.list([name]).catch(error => {
      throw notListed(name, 'up', error);
    });
    const up = listed.flatMap(({ statements }) => statements);
    this.sql = { ...this.sql, up };
    const filled = readFilled(up);
    this.#filled = new Map([...filled].map(([table, columns]) => [table, this.#withoutLost(table, columns)]));
  }

  #withoutLost(table: string, columns: ReadonlySet<string>): ReadonlySet<string> {
    return new Set([...columns].filter(column => !this.#options.losses.isLostColumn(table, column)));
  }

  async #go(method: 'up' | 'down'): Promise<void> {
    this.#plans[method] = await runOnShadow(this.#shadow, { name: this.#options.name, method });
  }

  /** @param like where the rows are compared with those of another moment. */
  #read(like?: State): Promise<State> {
    return readState(this.#shadow, { losses: this.#options.losses, filled: this.#filled, like });
  }

  /** What is no fault of the migration is thrown. */
  async #attempt(check: Check, way: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      this.outcomes[check] ??= 'proved';
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

  /** It runs once only, and that with a look at its locks. */
  async #runOneWay(): Promise<boolean> {
    if (!(await this.#attempt('up', 'run', () => this.#trace('up')))) {
      return false;
    }
    this.#judgeTrace();
    this.catalog = await this.#shadow.readCatalog();
    return true;
  }

  /** @returns the finding where there is none. */
  async #findNoWayBack(): Promise<Finding | undefined> {
    const { name, losses } = this.#options;
    const { driver, config, files } = this.#shadow.project;
    const [migration] = await files.load([name]);
    try {
      const listed = migration ? await listStatements(migration, { driver, config }, 'down') : [];
      this.sql = { ...this.sql, down: listed };
      // what only fills rows, and what PostgreSQL cannot take back, has an empty down
      const isMeant = listed.length > 0 || this.sql.up.every(({ backfill }) => backfill) || losses.staysAnything;
      return isMeant ? undefined : this.#noWayBack('Its down lists no statement.');
    } catch (error) {
      return this.#noWayBack(`Its down cannot be listed: ${error instanceof Error ? error.message : error}`);
    }
  }

  #noWayBack(happens: string): Finding {
    this.outcomes.down = 'failed';
    return noWayBack(this.#options.name, happens);
  }

  async #traceBoth(): Promise<boolean> {
    for (const method of ['up', 'down'] as const) {
      const way = method === 'up' ? 'run' : 'go back';
      if (!(await this.#attempt('locks', way, () => this.#trace(method)))) {
        return false;
      }
    }
    this.#judgeTrace();
    return true;
  }

  /** Runs the steps by hand, a look at the locks of each. */
  async #trace(method: 'up' | 'down'): Promise<void> {
    const { name } = this.#options;
    const { client, connection, project } = this.#shadow;
    const { driver, config, files } = project;
    const plan = async (): Promise<readonly Step[]> =>
      (
        await planRuns(tables => readFacts(client, { tables }), await files.load([name]), { driver, config, method })
      ).get(name) ?? [];
    const steps = this.#plans[method] ?? (await plan());
    const traced = await traceSteps(client, steps, { method, connection }).catch(error => {
      throw explainFailure(error, { name, method, steps: steps.length, done: 0 });
    });
    this.steps.push(...traced);
  }

  #judgeTrace(): void {
    this.outcomes.locks = 'proved';
    for (const finding of judgeTrace(this.#options.name, this.steps)) {
      if (finding.severity === 'note') {
        this.findings.push(finding);
      } else {
        this.#fail(finding);
      }
    }
  }

  #mayStay({ object, relation }: Difference): boolean {
    return object === 'enum' && this.#options.losses.stays(relation);
  }

  /** @returns whether the database is where `down` leads. */
  async #crash({ reached, reverted }: { reached: State; reverted: State }): Promise<boolean> {
    const { name, losses } = this.#options;
    const kill = (method: 'up' | 'down') => () => runKilled(this.#shadow, { name, method });
    if (!(await this.#attempt('crash', 'go on when it was killed', kill('up')))) {
      return false;
    }
    await this.#compareReached('crash', reached);
    if (!(await this.#attempt('crash', 'go back when it was killed', kill('down')))) {
      return false;
    }
    const now = await this.#read(reverted);
    const lines = [
      ...renderUnlike(compareCatalogs(reverted.catalog, now.catalog)),
      ...renderOther(reverted, now, losses),
    ];
    if (lines.length > 0) {
      this.#fail(otherSecondTime(name, 'crash', lines));
    }
    return true;
  }

  /** @returns where `down` has led. */
  async #compareReverted(before: State): Promise<State> {
    const { name, losses } = this.#options;
    const now = await this.#read(before);
    const differences = compareCatalogs(before.catalog, now.catalog).filter(change => !this.#mayStay(change));
    if (differences.length > 0) {
      this.#fail(otherCatalog(name, renderUnlike(differences)));
    }
    const rows = renderOther(before, now, losses);
    if (rows.length > 0) {
      this.#fail(otherRows(name, rows));
    }
    return now;
  }

  /** The schema, and the rows of what was there before `up`. */
  async #compareReached(check: 'again' | 'crash', reached: State): Promise<void> {
    const { name, losses } = this.#options;
    const now = await this.#read(reached);
    const rows = this.outcomes.down === 'failed' ? [] : renderOther(reached, now, losses);
    const lines = [...renderUnlike(compareCatalogs(reached.catalog, now.catalog)), ...rows];
    if (lines.length > 0) {
      this.#fail(otherSecondTime(name, check, lines));
    }
  }
}

/** A server that is gone, or a setting that is wrong, is no finding about a file. */
function isOfMigration(error: unknown): error is MigrationError | RefusedError {
  return error instanceof MigrationError || error instanceof RefusedError;
}
