/** Rows for the tables of a shadow database, made by PostgreSQL itself: a statement for each table, whatever its size. */
import type { Queryable } from '../../catalog/queryable.ts';
import { insertRows } from './insert-rows.ts';
import { type LaterState, readLabels, readWanted } from './look-ahead.ts';
import { type RowCatalog, type RowTable, readRowTables } from './read-tables.ts';

export interface FillOptions {
  /** Of each table. */
  readonly rows: number;
  /** Tables to leave empty, as `schema.name`. */
  readonly without: readonly string[];
}

export interface Filled {
  /** Of all tables together. */
  readonly rows: number;
  /** Tables that got none or too few, and why: a sentence each. */
  readonly notes: readonly string[];
}

/** Fills the tables as they come, and adds some rows where a table has got new columns. One for each shadow database. */
export class TableFiller {
  readonly #options: FillOptions;
  /** The columns that each table had when it was filled. */
  readonly #known = new Map<string, ReadonlySet<string>>();
  #number = 1;

  constructor(options: FillOptions) {
    this.#options = options;
  }

  /** @param later what the migrations make that are still to run, in their order: the rows fit that too. */
  async fill(client: Queryable, later: readonly LaterState[]): Promise<Filled> {
    if (this.#options.rows === 0) {
      return { rows: 0, notes: [] };
    }
    const catalog = withKeptLabels(await readRowTables(client, this.#options), later);
    const counts = await countRows(client, catalog.tables);
    const notes: string[] = [];
    for (const table of inOrder(catalog.tables)) {
      const wanted = this.#wanted(table, counts.get(table.oid) ?? 0);
      if (wanted > 0) {
        const made = await this.#fillTable(client, { table, catalog, counts, wanted, later });
        counts.set(table.oid, (counts.get(table.oid) ?? 0) + made.rows);
        notes.push(...made.notes);
      }
      this.#known.set(table.name, new Set(table.columns.map(({ name }) => name)));
    }
    return { rows: [...counts.values()].reduce((sum, count) => sum + count, 0), notes };
  }

  #wanted({ name, columns }: RowTable, count: number): number {
    const known = this.#known.get(name);
    if (known === undefined) {
      return Math.max(0, this.#options.rows - count);
    }
    const isNew = columns.some(column => !known.has(column.name));
    return isNew ? Math.ceil(this.#options.rows / 10) : 0;
  }

  async #fillTable(client: Queryable, { table, catalog, counts, wanted, later }: TableFill): Promise<Filled> {
    const ahead = readWanted(table, catalog, later);
    const isOwnParent = table.foreignKeys.some(key => key.table === table.oid) && (counts.get(table.oid) ?? 0) === 0;
    // rows that point to rows of their own table need some that are there
    const rounds = isOwnParent ? [Math.ceil(wanted / 10), wanted - Math.ceil(wanted / 10)] : [wanted];
    const own = new Map(counts);
    let rows = 0;
    let problem: string | undefined;
    for (const size of rounds) {
      for (let attempt = 0, missing = size; missing > 0 && attempt < MOST_ATTEMPTS; attempt++) {
        const from = this.#number;
        this.#number += missing;
        const made = await insertRows(client, { table, ahead, catalog, counts: own, from, to: from + missing - 1 });
        problem = made.problem;
        missing -= made.rows;
        rows += made.rows;
        own.set(table.oid, (own.get(table.oid) ?? 0) + made.rows);
        if (made.rows === 0) {
          break;
        }
      }
    }
    await client.query(`analyze ${table.quoted}`);
    return { rows, notes: rows < wanted / 2 ? [describeFew(table, { rows, wanted, problem })] : [] };
  }
}

/** Numbers that a unique constraint has turned away are made up for by others. */
const MOST_ATTEMPTS = 3;

interface TableFill {
  readonly table: RowTable;
  readonly catalog: RowCatalog;
  readonly counts: ReadonlyMap<number, number>;
  readonly wanted: number;
  readonly later: readonly LaterState[];
}

function withKeptLabels(catalog: RowCatalog, later: readonly LaterState[]): RowCatalog {
  const kept = readLabels(catalog, later);
  const types = [...catalog.types.values()].map(type => ({ ...type, labels: kept.get(type.quoted) ?? type.labels }));
  return { ...catalog, types: new Map(types.map(type => [type.oid, type])) };
}

function describeFew(
  { name }: RowTable,
  { rows, wanted, problem }: { rows: number; wanted: number; problem: string | undefined },
): string {
  const few = rows === 0 ? 'No rows were' : `Only ${rows} of ${wanted} rows were`;
  return `${few} made for ${name.replace(/^public\./, '')}${problem === undefined ? '' : `: ${problem}`}.`;
}

async function countRows(client: Queryable, tables: readonly RowTable[]): Promise<Map<number, number>> {
  if (tables.length === 0) {
    return new Map();
  }
  const counts = tables.map(({ oid, quoted }) => `select ${oid} as oid, count(*)::int as rows from ${quoted}`);
  const { rows } = await client.query(counts.join(' union all '));
  return new Map(rows.map(({ oid, rows: count }) => [Number(oid), Number(count)]));
}

/** A table behind those that its foreign keys point to; where they go round in a circle, as they come. */
function inOrder(tables: readonly RowTable[]): RowTable[] {
  const ordered: RowTable[] = [];
  const waiting = new Set(tables);
  while (waiting.size > 0) {
    const oids = new Set([...waiting].map(({ oid }) => oid));
    const isFree = ({ oid, foreignKeys }: RowTable): boolean =>
      foreignKeys.every(key => key.table === oid || !oids.has(key.table));
    const free = [...waiting].filter(isFree);
    for (const table of free.length > 0 ? free : [...waiting].slice(0, 1)) {
      ordered.push(table);
      waiting.delete(table);
    }
  }
  return ordered;
}
