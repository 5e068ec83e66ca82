/** A backfill as a block that commits after each batch: https://www.postgresql.org/docs/current/plpgsql-transactions.html. Pure. */
import { escapeLiteral } from 'pg';
import { countedSql, ROW_LOCK_TIMEOUT_MS, skippingSql, updateSql } from '../backfill/batch.ts';
import type { Backfill } from '../plan/plan.ts';
import type { Journal } from '../runner/journal.ts';
import type { RunnerSettings } from '../runner/settings.ts';
import { quoteRendered } from '../statement/change.ts';
import { doBlock, dollarQuoted, indent } from './render-sql.ts';

export interface BackfillStep {
  readonly backfill: Backfill;
  readonly entry: { readonly migration: string; readonly position: number };
  readonly journal: Journal;
  readonly settings: RunnerSettings;
}

/** What stands for them in the text of a batch. */
const [TABLE, FROM, TO] = ['@@table@@', '@@from@@', '@@to@@'];
/** Ranges of 32 blocks at first, then as many as fit the time; sweeps for rows that moved, or that others held. */
const BLOCKS = { first: 32, most: 16_384 } as const;
const SWEEPS = 40;

/**
 * Fills ranges of disk blocks as the runner does, one after the other, and keeps its position where the runner keeps it: what is
 * stopped goes on with `npm run migrate`.
 */
export function renderBackfill({ backfill, entry, journal, settings }: BackfillStep): string {
  const range = { from: FROM, to: TO };
  const update = countedSql(updateSql(TABLE, backfill, range), backfill);
  const skip = countedSql(skippingSql(TABLE, backfill, range), backfill);
  const name = escapeLiteral(quoteRendered(backfill.table));
  const position = `json_build_object('table', part.name, 'filenode', part.filenode, 'block', from_block, 'rowsDone', done,
    'rowsLeft', round(done / from_block::float * greatest(0, blocks - from_block)))`;
  return [
    'set enable_seqscan = off;',
    'set synchronous_commit = off;',
    doBlock(
      'backfill',
      `declare
  update_sql constant text := ${dollarQuoted('update', update)};
  skip_sql constant text := ${dollarQuoted('skip', skip)};
  left_sql constant text := ${dollarQuoted('left', `select exists (select from only ${TABLE} where ${backfill.where}\n)`)};
  part record;
  from_block bigint;
  blocks bigint;
  size bigint;
  filled bigint;
  unchanged bigint;
  done bigint := 0;
  is_left boolean;
  started timestamptz;
  ms float;
begin
  for part in
    select c.oid::regclass::text as name, pg_relation_filenode(c.oid)::bigint as filenode
      from pg_class c
     where c.relkind = 'r' and c.oid in (select ${name}::regclass union all select relid from pg_partition_tree(${name}::regclass) where isleaf)
     order by c.oid
  loop
    size := ${BLOCKS.first};
    for sweep in 1..${SWEEPS} loop
      from_block := 0;
      blocks := pg_relation_size(part.name::regclass) / current_setting('block_size')::int + 1;
      while from_block < blocks loop
        started := clock_timestamp();
        begin
          set local lock_timeout = ${ROW_LOCK_TIMEOUT_MS};
          execute ${withRange('update_sql')} into filled, unchanged;
        exception when lock_not_available or deadlock_detected then
          -- without the rows that others hold: the next sweep meets them
          execute ${withRange('skip_sql')} into filled, unchanged;
        end;
        if unchanged > 0 then
          raise exception ${escapeLiteral(`The backfill of ${backfill.table} does not end: its condition still holds for rows that were filled`)};
        end if;
        from_block := from_block + size;
        done := done + filled;
${indent(`${journal.progressSqlOf(entry, position)};`, 8)}
        commit;
        ms := extract(epoch from clock_timestamp() - started) * 1000;
        size := greatest(1, least(${BLOCKS.most}, size * 2, greatest(size / 2, (size * ${settings.backfillBatchMs} / greatest(ms, 0.1))::bigint)));
${indent(renderPauses(settings), 8)}
      end loop;
      execute replace(left_sql, '${TABLE}', part.name) into is_left;
      commit;
      exit when not is_left;
      if sweep = ${SWEEPS} then
        raise exception ${escapeLiteral(`The backfill of ${backfill.table} does not end: rows are left that cannot be updated, or keep coming`)};
      end if;
      perform pg_sleep(least(2, 0.02 * 1.5 ^ sweep));
    end loop;
  end loop;
end`,
    ),
    'reset enable_seqscan;',
    'reset synchronous_commit;',
    `vacuum (analyze, truncate false) ${quoteRendered(backfill.table)};`,
  ].join('\n');
}

function withRange(template: string): string {
  return `replace(replace(replace(${template}, '${TABLE}', part.name), '${FROM}', from_block::text), '${TO}', (from_block + size)::text)`;
}

/** For replicas that fall behind, and to keep a rate. */
function renderPauses({ maxReplicaLagMs, maxRowsPerSecond }: RunnerSettings): string {
  return [
    `while exists (select from pg_stat_replication where replay_lag > interval '${maxReplicaLagMs} ms') loop`,
    '  commit;',
    '  perform pg_sleep(0.1);',
    'end loop;',
    ...(maxRowsPerSecond > 0 ? [`perform pg_sleep(greatest(0, filled / ${maxRowsPerSecond}.0 - ms / 1000));`] : []),
  ].join('\n');
}
