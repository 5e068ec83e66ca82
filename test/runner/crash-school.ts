/** A migration with every kind of step, on tables with rows, for those who kill it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { catalogOf } from '../support/catalogs.ts';
import { createTemplate, withClient } from '../support/database.ts';
import { type MigrationsFolder, withMigrations } from '../support/migrations.ts';

const ROWS = 20_000;

/** CRASH_POSTGRES=15 takes the older one. */
const MAJOR = process.env.CRASH_POSTGRES === '15' ? 15 : undefined;

const SCHOOL = `
  create type kind as enum ('A', 'B');
  create table learners (id int primary key, name text);
  create table lessons (id int primary key, learner int not null, code text not null, subject text, score int, kind kind);
  insert into learners select n, 'learner ' || n from generate_series(1, 200) n;
  insert into lessons select n, n % 200 + 1, 'code ' || n, 'subject ' || n % 7, n % 101, 'A' from generate_series(1, ${ROWS}) n;
  create index i_old on lessons (score);
  analyze`;

const UP = [
  `this.addSql("alter type kind add value if not exists 'C'");`,
  `this.addSql('alter table lessons add column grade int');`,
  `this.addSql('alter table lessons alter column grade set default 5');`,
  `this.backfill('lessons', { set: { grade: 5 }, where: 'grade is null' });`,
  `this.addSql('alter table lessons add constraint grade_given check (grade is not null) not valid');`,
  `this.addSql('alter table lessons validate constraint grade_given');`,
  `this.addSql('alter table lessons alter column grade set not null');`,
  `this.addSql('alter table lessons drop constraint if exists grade_given');`,
  `this.addSql('create index concurrently if not exists i_subject on lessons (subject)');`,
  `this.addSql('create unique index concurrently if not exists u_code on lessons (code)');`,
  `this.addSql('alter table lessons add constraint u_code unique using index u_code');`,
  `this.addSql('alter table lessons add constraint fk_learner foreign key (learner) references learners (id) not valid');`,
  `this.addSql('alter table lessons validate constraint fk_learner');`,
  `this.addSql('drop index concurrently if exists i_old');`,
];

const DOWN = [
  `this.addSql('create index concurrently if not exists i_old on lessons (score)');`,
  `this.addSql('alter table lessons drop constraint if exists fk_learner');`,
  `this.addSql('alter table lessons drop constraint if exists u_code');`,
  `this.addSql('drop index concurrently if exists u_code');`,
  `this.addSql('drop index concurrently if exists i_subject');`,
  `this.addSql('alter table lessons drop column if exists grade');`,
];

export const STEPS = UP.length;

export interface State {
  readonly catalog: Catalog;
  /** The rows that were there from the beginning. */
  readonly rows: string;
}

/** @param url of an empty database; without it one is made. */
export async function withSchool(
  work: (folder: MigrationsFolder) => Promise<void>,
  { url }: { url?: string } = {},
): Promise<void> {
  const make = (at: string): Promise<void> => withClient(at, async client => void (await client.query(SCHOOL)));
  if (url !== undefined) {
    await make(url);
  }
  await withMigrations(
    async folder => {
      if (MAJOR !== undefined) {
        await make(folder.url);
      }
      await folder.write('0000_every_kind', UP.join('\n'), { down: DOWN.join('\n') });
      await work(folder);
    },
    url !== undefined
      ? { url }
      : MAJOR === undefined
        ? { template: await createTemplate('crash school', make) }
        : { major: MAJOR },
  );
}

export async function stateOf({ url, query }: MigrationsFolder): Promise<State> {
  const [row] = await query(
    `select md5(string_agg(to_jsonb(l)::text, ',' order by id)) || (select md5(string_agg(to_jsonb(n)::text, ',' order by id)) from learners n) as rows
       from lessons l where id <= ${ROWS}`,
  );
  return { catalog: await catalogOf(url), rows: String(row?.rows) };
}

/** What an undisturbed run leaves. */
export async function reached(): Promise<State> {
  let state: State | undefined;
  await withSchool(async folder => {
    await folder.migrate(migrator => migrator.up());
    state = await stateOf(folder);
  });
  return state as State;
}

/** Goes on, and expects what an undisturbed run leaves: nothing more, nothing less. */
export async function expectRecovery(folder: MigrationsFolder, undisturbed: State): Promise<void> {
  await folder.migrate(migrator => migrator.up());
  expect(await stateOf(folder)).to.deep.equal(undisturbed);
  expect(await folder.query('select 1 from pg_index where not indisvalid or not indisready')).to.deep.equal([]);
  expect(await folder.query('select 1 from mikro_orm_migrations_journal')).to.deep.equal([]);
  expect(await folder.executed()).to.deep.equal(['0000_every_kind']);
}

export interface Child {
  /** Resolves with the first event for which `test` holds, or when the process has ended. */
  until(test: (event: { event: string; step?: number; text?: string }) => boolean): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** The exit code, or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  stderr(): string;
}

/** `up` in a process of its own. */
export function startUp({ url, path }: Pick<MigrationsFolder, 'url' | 'path'>, method: 'up' | 'down' = 'up'): Child {
  const program = join(import.meta.dirname, '../support/migrate-child.ts');
  const env = { ...process.env, LOG_FORMAT: 'json' };
  const child = spawn(process.execPath, [program, url, path, method], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const events: { event: string; step?: number; text?: string }[] = [];
  const lines: string[] = [];
  let wake: () => void = () => undefined;
  createInterface({ input: child.stderr }).on('line', line => {
    lines.push(line);
    if (line.startsWith('{')) {
      events.push(JSON.parse(line));
    }
    wake();
  });
  let isOver = false;
  const ended = once(child, 'close').then(([code, signal]) => {
    isOver = true;
    wake();
    return code ?? signal;
  });
  return {
    until: async test => {
      while (!isOver && !events.some(test)) {
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      }
    },
    kill: signal => void child.kill(signal),
    ended,
    stderr: () => lines.join('\n'),
  };
}
