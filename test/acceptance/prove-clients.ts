/** Two releases that write all the time, while a change of type goes there, back and there again. */
import { expect } from 'chai';
import type pg from 'pg';
import { withClient } from '../support/database.ts';
import { type AcceptanceCase, deploy, withChange } from './harness.ts';

/** Before the contract every value is in both columns; behind it no write is lost. */
export function proveClients(testCase: AcceptanceCase): Promise<void> {
  return withChange(testCase, ({ client, migrator, url }) =>
    withClient(url, old =>
      withClient(url, async young => {
        const writers = [startWriter(old, testCase, 1_000), startWriter(young, testCase, 500_000)];
        try {
          await migrator.up();
          expect(await findApart(client), 'rows whose new column has no value').to.deep.equal([]);
          await deploy(migrator);
          await migrator.down();
          expect(await findApart(client), 'rows whose new column has no value, behind down').to.deep.equal([]);
          await deploy(migrator);
        } finally {
          await Promise.all(writers.map(({ stop }) => stop()));
        }
        for (const { written } of writers) {
          expect(written.length).to.be.greaterThan(5);
          const { rows } = await client.query(`select regexp_replace(id::text, '\\D', '', 'g')::int as id from notes`);
          expect(rows.map(({ id }) => id)).to.include.members(written);
        }
      }),
    ),
  );
}

interface Writer {
  /** What was acknowledged. */
  readonly written: readonly number[];
  stop(): Promise<void>;
}

function startWriter(client: pg.Client, { writes }: AcceptanceCase, first: number): Writer {
  const written: number[] = [];
  let isRunning = true;
  const work = (async () => {
    for (let id = first; isRunning; id++) {
      await client.query(writes?.(id) ?? '');
      written.push(id);
    }
  })();
  // told by stop()
  work.catch(() => undefined);
  return {
    written,
    stop: async () => {
      isRunning = false;
      await work;
    },
  };
}

/** Columns that a shadow stands beside, with rows that have a value in one of them only. */
async function findApart(client: pg.Client): Promise<string[]> {
  const { rows: pairs } = await client.query<{ table: string; column: string }>(
    `select n.attrelid::regclass::text as table, o.attname as column
       from pg_attribute n join pg_attribute o on o.attrelid = n.attrelid and n.attname = o.attname || '_new'
       join pg_class c on c.oid = n.attrelid and c.relkind in ('r', 'p') and not c.relispartition
      where not n.attisdropped and not o.attisdropped and n.attnum > 0`,
  );
  expect(pairs).not.to.deep.equal([]);
  const apart: string[] = [];
  for (const { table, column } of pairs) {
    const sql = `select count(*)::int as n from ${table} where num_nulls("${column}", "${column}_new") = 1`;
    const { rows } = await client.query(sql);
    if (rows[0].n > 0) {
      apart.push(`${table}.${column}: ${rows[0].n}`);
    }
  }
  return apart;
}
