import { EventEmitter, once } from 'node:events';
import { defineEntity, type EntitySchema, p } from '@mikro-orm/postgresql';
import { expect } from 'chai';
import type { Client } from 'pg';
import type { OnlineMigrator } from '../../src/index.ts';
import { withClient } from '../support/database.ts';
import { createChange, deploy, withMigrator, withStart } from './harness.ts';

describe('releases that write while something gets another name', () => {
  it('lose no write under either name of a column: before the contract, over it, and on the way back', () =>
    withRename({ name: 'column', ...COLUMN }, async ({ url, migrator, old, own }) => {
      await old.wrote(20);
      await migrator.up();
      own.start();
      await Promise.all([old.wrote(40), own.wrote(40)]);
      await withClient(url, async client => {
        const { rows } = await client.query('select count(*)::int as others from notes where title <> headline');
        expect(rows).to.deep.equal([{ others: 0 }]);
        await expectWins(client);
      });
      await old.stop();
      await deploy(migrator);
      await own.wrote(40);
      await expectWritten(url, 'select id, headline as text from notes', [old, own]);
      await migrator.down();
      old.start();
      await Promise.all([old.wrote(20), own.wrote(20)]);
      await Promise.all([old.stop(), own.stop()]);
      await expectWritten(url, 'select id, title as text from notes', [old, own]);
      await migrator.down();
      await expectWritten(url, 'select id, title as text from notes', [old, own]);
    }));

  it('lose no write under either name of a table, and use it with no more rights than before', () =>
    withRename({ name: 'table', ...TABLE }, async ({ url, migrator, old, own }) => {
      await old.wrote(20);
      await migrator.up();
      own.start();
      await Promise.all([old.wrote(40), own.wrote(40)]);
      await withClient(url, async client => {
        await client.query('create role nobody_special');
        await client.query('set role nobody_special');
        const refused = await client.query('select * from notes').catch(({ message }) => message);
        expect(refused).to.equal('permission denied for table memos');
        await client.query('reset role; drop role nobody_special');
      });
      await old.stop();
      await deploy(migrator);
      await own.wrote(20);
      await own.stop();
      await expectWritten(url, 'select id, title as text from memos', [old, own]);
      await migrator.down({ to: '0000' });
      await expectWritten(url, 'select id, title as text from notes', [old, own]);
    }));
});

const note = (tableName: string, column: string): EntitySchema =>
  defineEntity({
    name: 'Note',
    tableName,
    properties: { id: p.integer().primary().autoincrement(), [column]: p.text().nullable().default('none').unique() },
  } as never) as unknown as EntitySchema;

interface Rename {
  readonly before: EntitySchema;
  readonly after: EntitySchema;
  readonly renameInSteps: string;
  /** Table and column as each release knows them. */
  readonly old: readonly [string, string];
  readonly own: readonly [string, string];
}

const COLUMN: Rename = {
  before: note('notes', 'title'),
  after: note('notes', 'headline'),
  renameInSteps: 'notes.title:headline',
  old: ['notes', 'title'],
  own: ['notes', 'headline'],
};
const TABLE: Rename = {
  before: note('notes', 'title'),
  after: note('memos', 'title'),
  renameInSteps: 'notes:memos',
  old: ['notes', 'title'],
  own: ['memos', 'title'],
};

interface Stage {
  readonly url: string;
  readonly migrator: OnlineMigrator;
  readonly old: Release;
  readonly own: Release;
}

/** The old release writes from the start. */
async function withRename(
  { name, before, after, renameInSteps, old, own }: Rename & { name: string },
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  const start = {
    name: `clients of a ${name}`,
    before: [before],
    after: [after],
    rows: `insert into notes (title) select 'row ' || n from generate_series(1, 500) n`,
  };
  await withStart(start, async end => {
    const releases = [new Release(end.url, 'old', old), new Release(end.url, 'new', own)] as const;
    try {
      await withMigrator(end, async migrator => {
        await createChange(migrator, { decisions: { renameInSteps: [renameInSteps] } });
        releases[0].start();
        await work({ url: end.url, migrator, old: releases[0], own: releases[1] });
      });
    } finally {
      await Promise.all(releases.map(release => release.stop()));
    }
  });
}

/** A client that inserts a row and updates it, again and again, and remembers what it was told is written. */
class Release {
  readonly written = new Map<number, string>();
  readonly #url: string;
  readonly #name: string;
  readonly #place: readonly [string, string];
  #running = false;
  #done: Promise<void> = Promise.resolve();
  #rounds = 0;
  readonly #events = new EventEmitter();

  constructor(url: string, name: string, place: readonly [string, string]) {
    this.#url = url;
    this.#name = name;
    this.#place = place;
  }

  start(): void {
    this.#running = true;
    this.#done = withClient(this.#url, async client => {
      while (this.#running) {
        await this.#round(client);
      }
    });
    this.#done.catch(() => undefined);
  }

  /** Waits for so many rounds more. @throws what a statement of it threw. */
  async wrote(rounds: number): Promise<void> {
    const until = this.#rounds + rounds;
    while (this.#rounds < until) {
      await Promise.race([this.#done.then(() => expect.fail('it has stopped')), once(this.#events, 'round')]);
    }
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #round(client: Client): Promise<void> {
    const [table, column] = this.#place;
    const text = `${this.#name} ${this.#rounds++}`;
    const { rows } = await client.query(
      `insert into ${table} (${column}) values ($1) on conflict (${column}) do nothing returning id`,
      [`${text}, first`],
    );
    const { id } = rows[0];
    this.written.set(id, `${text}, first`);
    await client.query(`update ${table} set ${column} = $2 where id = $1`, [id, text]);
    this.written.set(id, text);
    this.#events.emit('round');
  }
}

async function expectWritten(url: string, sql: string, releases: readonly Release[]): Promise<void> {
  const written = releases.flatMap(release => [...release.written]);
  const { rows } = await withClient(url, client => client.query(sql));
  const found = new Map(rows.map(({ id, text }) => [id, text]));
  for (const [id, text] of written) {
    // one that writes at this moment has written more by now
    expect(found.get(id), String(id)).to.be.oneOf([text, text.replace(', first', '')]);
  }
}

/** What counts where a statement names both, or none. */
async function expectWins(client: Client): Promise<void> {
  const one = async (sql: string): Promise<unknown> => (await client.query(`${sql} returning title, headline`)).rows[0];
  await client.query('begin');
  expect(await one(`insert into notes (title, headline) values ('a', 'b')`)).to.deep.equal(both('b'));
  expect(await one(`update notes set title = 'c', headline = 'd' where headline = 'b'`)).to.deep.equal(both('d'));
  expect(await one(`update notes set title = null where headline = 'd'`)).to.deep.equal(both(null));
  expect(await one('insert into notes default values')).to.deep.equal(both('none'));
  await client.query(`delete from notes where title = 'none'`);
  expect(await one('insert into notes (headline) values (null)')).to.deep.equal(both(null));
  expect(await one('insert into notes (title) values (null)')).to.deep.equal(both(null));
  await client.query('rollback');
}

function both(value: string | null): object {
  return { title: value, headline: value };
}
