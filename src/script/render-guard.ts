/** The head of a script: it stops where it must not run, and brings what the records need. Pure. */
import { escapeLiteral } from 'pg';
import { COLUMNS } from '../runner/migration-storage.ts';
import { runLockName } from '../runner/with-run.ts';
import { quoteIdentifier, quoteName, quoteRendered } from '../statement/change.ts';
import { doBlock } from './render-sql.ts';
import type { Script } from './script.ts';

/** Takes the run lock for the session, and looks at the records; nothing is changed before. */
export function renderGuard({ method, migrations, after, without, withoutRows, place }: Script): string {
  const executed = quoteName(place.executed);
  const lock = `hashtextextended(${escapeLiteral(runLockName(place.executed))}, 0)`;
  const names = migrations.map(({ name }) => name);
  return doBlock(
    'guard',
    `declare
  executed text[];
  name text;
  found boolean;
begin
  if not pg_try_advisory_lock(${lock}) then
    raise exception 'Another process migrates this database: %', (
      select string_agg(format('pid %s (%s)', a.pid, a.application_name), ', ')
        from pg_locks l join pg_stat_activity a on a.pid = l.pid
       where l.locktype = 'advisory' and l.granted and l.objsubid = 1
         and l.database = (select oid from pg_database where datname = current_database())
         and (l.classid::bigint << 32 | l.objid::bigint) = ${lock})
      using hint = 'Nothing was run. Let it end, then run this script again.';
  end if;
  if to_regclass(${escapeLiteral(executed)}) is not null then
    select array_agg(regexp_replace(m.name, '\\.[jt]s$', '')) into executed from ${executed} m;
  end if;
  foreach name in array ${renderArray(names)} loop
    if ${method === 'up' ? '' : 'not '}name = any (coalesce(executed, '{}')) then
      raise exception '% is ${method === 'up' ? 'executed already' : 'not executed'} on this database', name
        using hint = 'Nothing was run. npm run migrate:status shows what is executed; npm run migrate:sql writes the script for what is not.';
    end if;
  end loop;
  foreach name in array ${renderArray(after)} loop
    if not name = any (coalesce(executed, '{}')) then
      raise exception '% is not executed on this database, and comes before', name
        using hint = 'Nothing was run. This script was written for a database that has it.';
    end if;
  end loop;
  foreach name in array ${renderArray(without)} loop
    if name = any (coalesce(executed, '{}')) then
      raise exception '% is executed on this database, and has to be reverted before', name
        using hint = 'Nothing was run. It removed what its expand had put a second thing beside.';
    end if;
  end loop;
  foreach name in array ${renderArray(withoutRows.map(quoteRendered))} loop
    if to_regclass(name) is not null then
      execute format('select exists (select from %s)', to_regclass(name)) into found;
      if found then
        raise exception '% has rows: a release may be using it', to_regclass(name)
          using hint = 'Nothing was run. This script was written for a database without data, where nothing waits for a deploy. Write one for this database.';
      end if;
    end if;
  end loop;
end`,
  );
}

/** The tables of the records, as the runner makes them; nothing where they are there. */
export function renderBookkeeping({ migrations, place }: Script): string {
  const { executed, journal } = place;
  return [
    doBlock('records', renderRecords(executed)),
    `${journal.createSql()};`,
    doBlock('stopped', renderStopped({ migrations, place })),
  ].join('\n');
}

function renderRecords(executed: Script['place']['executed']): string {
  const name = quoteName(executed);
  const columns = Object.entries(COLUMNS).map(([column, type]) => `add column if not exists ${column} ${type}`);
  const schema =
    executed.schema === undefined || executed.schema === 'public'
      ? ''
      : `
    if to_regnamespace(${escapeLiteral(quoteIdentifier(executed.schema))}) is null then
      create schema ${quoteIdentifier(executed.schema)};
    end if;`;
  return `begin
  if to_regclass(${escapeLiteral(name)}) is null then${schema}
    create table ${name} ("id" serial primary key, "name" varchar(255) not null,
      "executed_at" timestamptz(6) not null default current_timestamp(6));
  end if;
  if (select count(*) from pg_attribute where attrelid = to_regclass(${escapeLiteral(name)}) and not attisdropped
         and attname in (${Object.keys(COLUMNS).map(escapeLiteral).join(', ')})) < ${Object.keys(COLUMNS).length} then
    alter table ${name} ${columns.join(', ')};
  end if;
end`;
}

/** One that stopped half-way is for the runner, which knows how to go on. */
function renderStopped({ migrations, place: { journal } }: Pick<Script, 'migrations' | 'place'>): string {
  const checks = migrations.map(
    ({ name }) => `  if (${journal.isBegunSql(name)}) then
    raise exception ${escapeLiteral(`${name} has stopped half-way on this database`)}
      using hint = 'Nothing was run. npm run migrate goes on with it, npm run migrate:down reverts it.';
  end if;`,
  );
  return ['begin', ...checks, 'end'].join('\n');
}

function renderArray(values: readonly string[]): string {
  return `array[${values.map(escapeLiteral).join(', ')}]::text[]`;
}
