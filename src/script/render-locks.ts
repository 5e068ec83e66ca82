/** What psql cannot do: to ask for a lock in short attempts, between which nobody waits for us. Pure. */
import { escapeLiteral } from 'pg';
import { blocksWrites, type TableLock } from '../plan/plan.ts';
import type { RunnerSettings } from '../runner/settings.ts';
import { quoteRendered } from '../statement/change.ts';
import { doBlock } from './render-sql.ts';

/** While it is tried, the transaction holds back the vacuum of the whole server: that may not go on for long. */
const LONGEST_PATIENCE_MS = 60_000;
/** A wait that keeps neither readers nor writers waiting. */
const HARMLESS_WAIT_MS = 5_000;

/**
 * Takes the locks of a transaction, the first of them within the lock timeout and the others at once or not at all. A role that may not
 * take one by itself, and a view, get it with the statement.
 */
export function renderLocks(locks: readonly TableLock[], settings: RunnerSettings): string {
  const isHarmless = !locks.some(({ mode }) => blocksWrites(mode));
  const takes = locks.map(
    ({ table, mode }, index) =>
      `      lock table only ${quoteRendered(table)} in ${mode.toLowerCase()} mode${index > 0 ? ' nowait' : ''};`,
  );
  const tables = locks.map(({ table }) => escapeLiteral(quoteRendered(table))).join(', ');
  const patienceMs = Math.min(settings.lockPatienceMs, LONGEST_PATIENCE_MS);
  return doBlock(
    'locks',
    `declare
  pause float := 0.05;
  give_up_at timestamptz := clock_timestamp() + interval '${patienceMs} ms';
begin
  loop
    begin
      set local lock_timeout = ${isHarmless ? HARMLESS_WAIT_MS : settings.lockTimeoutMs};
${takes.join('\n')}
      exit;
    exception
      when insufficient_privilege or wrong_object_type then
        exit;
      when lock_not_available or deadlock_detected then
        if clock_timestamp() > give_up_at then
          raise exception 'The lock was not to be had; sessions on the table: %', (
            select string_agg(distinct format('pid %s (%s)', a.pid, a.application_name), ', ')
              from pg_locks l join pg_stat_activity a on a.pid = l.pid
             where l.granted and l.pid <> pg_backend_pid() and l.locktype = 'relation'
               and l.relation in (select to_regclass(t) from unnest(array[${tables}]) t))
            using hint = 'Let these transactions end. npm run migrate goes on with what is left.';
        end if;
    end;
    perform pg_sleep(pause * (0.5 + random()));
    pause := least(2, pause * 1.5);
  end loop;
end`,
  );
}
