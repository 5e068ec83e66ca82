/** The commands of docs/troubleshooting.md, in their order, on databases that have the trouble. */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type pg from 'pg';
import { examine } from '../../src/doctor/examine.ts';
import { exitCodeOfFindings } from '../../src/doctor/finding.ts';
import { renderFindings } from '../../src/doctor/render-findings.ts';
import { createTemplate, withClient, withDatabase } from '../support/database.ts';
import { withSunschool } from '../support/orm.ts';
import { repository, runNode } from '../support/project.ts';

interface Place {
  readonly url: string;
  readonly client: pg.Client;
  /** Of a copy of the project. */
  readonly directory: string;
}

interface Trouble {
  /** The migration up to which the database is. */
  readonly to: string;
  /** Makes it. @returns what ends it, where something goes on meanwhile. */
  make(place: Place): Promise<void | (() => Promise<void>)>;
  /** Files of the project are changed: the doctor is a process of its own then. */
  readonly changesFiles?: boolean;
  /** What the doctor says at the end; 0 without it. */
  readonly left?: number;
}

const sql =
  (text: string): Trouble['make'] =>
  async ({ client }) => {
    await client.query(text);
  };

const LESSON = `insert into users (id, email, display_name) values (1, 'a@b.example', 'a'); insert into lessons (id, learner_id) values ('l1', 1)`;

const TROUBLES: Readonly<Record<string, Trouble>> = {
  'It takes too long': { to: '0008', left: 3, make: runInTheWay },
  'Rows are in the way': {
    to: '0008',
    left: 3,
    make: sql(`${LESSON.replace('display_name', 'name')}; update lessons set score = 500`),
  },
  'Already there, but not recorded': {
    to: '0014',
    left: 3,
    make: sql(`delete from mikro_orm_migrations where name = '0014_achievements'`),
  },
  'Recorded, but not there': { to: '0016', make: sql('drop table achievements') },
  'The schema was changed by hand': { to: '0016', make: sql(`alter table users alter display_name set default 'x'`) },
  'The entities have changed, and no migration makes that': { to: '0016', changesFiles: true, make: changeEntity },
  'Stopped half-way': { to: '0004', left: 3, make: killRun },
  'A migration was changed after it ran': { to: '0016', changesFiles: true, make: changeMigration },
  'An invalid index': {
    to: '0016',
    make: async ({ client }) => {
      await client.query(`${LESSON}; insert into lessons (id, learner_id) values ('l2', 1)`);
      await client.query('create unique index concurrently by_hand on lessons (learner_id)').catch(() => undefined);
    },
  },
  'A constraint that is not validated': {
    to: '0016',
    make: sql('alter table lessons add constraint by_hand check (score < 1000) not valid'),
  },
  'Left over from a change of type or name': {
    to: '0016',
    make: sql('alter table lessons add column subject_new text'),
  },
};

describe('docs/troubleshooting.md', () => {
  it('has commands that do what it says, for each trouble', async function () {
    this.timeout(120_000);
    const page = await readFile(join(repository, 'docs/troubleshooting.md'), 'utf8');
    const sections = new Map(
      page
        .split(/^## /m)
        .slice(1)
        .map(text => [text.slice(0, text.indexOf('\n')), text]),
    );
    sections.delete('What is no answer here');
    expect([...sections.keys()]).to.have.members(Object.keys(TROUBLES));
    const left = [...sections];
    // most of a command is waiting for the server and for modules
    const lanes = [1, 2, 3].map(async () => {
      for (let next = left.shift(); next; next = left.shift()) {
        await follow(...next);
      }
    });
    await Promise.all(lanes);
  });
});

async function follow(title: string, section: string): Promise<void> {
  const trouble = TROUBLES[title] as Trouble;
  const template = await createTemplate(`troubled ${trouble.to}`, url =>
    withSunschool(url, async (_orm, migrator) => void (await migrator.up({ to: trouble.to }))),
  );
  const directory = await copyProject();
  try {
    await withDatabase(
      ({ url }) =>
        withClient(url, async client => {
          const place = { url, client, directory };
          const end = await trouble.make(place);
          for (const [, language, block = ''] of section.matchAll(/```(sh|sql)\n(.*?)```/gs)) {
            await (language === 'sql' ? client.query(block) : runLines(block, { title, trouble, place }));
          }
          await end?.();
          expect((await look(place, trouble)).code, `${title}: healthy behind it`).to.equal(trouble.left ?? 0);
        }),
      { template },
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runLines(
  block: string,
  { title, trouble, place }: { title: string; trouble: Trouble; place: Place },
): Promise<void> {
  for (const line of block.trim().split('\n')) {
    const [, command = '', args = '', code] = /^npm run (\S+)(?: -- (.*?))?\s+# (\d)$/.exec(line) ?? [];
    const ran =
      command === 'migrate:doctor'
        ? await look(place, trouble)
        : await run(place, [command === 'migrate' ? 'migrate:up' : command, ...args.split(' ').filter(Boolean)]);
    expect(ran.code, `${title}: ${line}\n${ran.text}`).to.equal(Number(code));
  }
}

async function run({ url, directory }: Place, args: string[]): Promise<{ code: unknown; text: string }> {
  const env = { ...process.env, DATABASE_URL: url };
  const { code, stdout, stderr } = await runNode([join(directory, 'src/cli/main.ts'), ...args], {
    cwd: directory,
    env,
  });
  return { code, text: `${stdout}${stderr}` };
}

async function look(place: Place, { changesFiles }: Trouble): Promise<{ code: unknown; text: string }> {
  if (changesFiles) {
    return run(place, ['migrate:doctor']);
  }
  const findings = await withSunschool(place.url, async (_orm, migrator) => examine(await migrator.project()));
  return { code: exitCodeOfFindings(findings), text: renderFindings(findings) };
}

async function copyProject(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'troubled-'));
  for (const name of ['node_modules', 'src', 'seeders']) {
    await symlink(join(repository, name), join(directory, name));
  }
  for (const name of ['package.json', 'mikro-orm.config.js', 'mikro-orm.config.ts', 'entities', 'migrations']) {
    await cp(join(repository, name), join(directory, name), { recursive: true });
  }
  return directory;
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  expect(text).to.include(from);
  await writeFile(file, text.replace(from, to));
}

function changeEntity({ directory }: Place): Promise<void> {
  return edit(join(directory, 'entities/lesson.ts'), 'properties: {', 'properties: {\n    room: p.text().nullable(),');
}

function changeMigration({ directory }: Place): Promise<void> {
  const file = join(directory, 'migrations/0005_lessons_learner_index.ts');
  return edit(file, 'override up(): void {', 'override up(): void {\n    this.addSql(`select 1`);');
}

/** A run that waits for a report. */
async function runInTheWay(place: Place): Promise<() => Promise<void>> {
  const ended = Promise.withResolvers<void>();
  const inTheWay = Promise.withResolvers<void>();
  const report = withClient(place.url, async client => {
    client.on('error', () => undefined);
    await client.query(`set application_name = 'a report that nobody ended'; begin`);
    await client.query('select count(*) from lessons');
    inTheWay.resolve();
    await ended.promise;
  }).catch(() => undefined);
  await inTheWay.promise;
  const up = run(place, ['migrate:up', '--to', '0009']);
  await until(place, `application_name like 'sunschool-db up 1/2 0009%'`);
  return async () => {
    expect((await up).code).to.equal(0);
    ended.resolve();
    await report;
  };
}

/** A concurrent build waits for a writer, and its process is killed. */
async function killRun(place: Place): Promise<void> {
  const { client, url, directory } = place;
  await client.query('begin; lock table lessons in row exclusive mode');
  const env = { ...process.env, DATABASE_URL: url };
  const args = [join(directory, 'src/cli/main.ts'), 'migrate:up', '--to', '0005'];
  const child = spawn(process.execPath, args, { cwd: directory, env, stdio: 'ignore' });
  await until(place, `application_name like 'sunschool-db up 1/1 0005%' and wait_event_type = 'Lock'`);
  child.kill('SIGKILL');
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'sunschool-db up%'
    and datname = current_database(); commit`);
}

async function until({ url }: Place, condition: string): Promise<void> {
  const found = `select 1 from pg_stat_activity where datname = current_database() and ${condition}`;
  await withClient(url, async client => {
    while ((await client.query(found)).rows.length === 0) {
      await sleep(20);
    }
  });
}
