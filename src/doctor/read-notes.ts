/** What is advised on: read from the catalog and the statistics. https://www.postgresql.org/docs/current/monitoring-stats.html */
import type { PoolClient } from 'pg';
import type { Patient } from './patient.ts';

type Notes = Pick<Patient, 'tables' | 'indexes' | 'foreignKeys' | 'counters' | 'privileges'>;

const NAME = `case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname`;
const OURS = `pg_class c join pg_namespace n on n.oid = c.relnamespace
   join unnest($1::text[]) as o (name) on o.name = n.nspname || '.' || c.relname`;

const TABLES = `
  select ${NAME} as table, exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary) as "hasPrimaryKey",
         pg_has_role(c.relowner, 'usage') as "isOwned"
    from ${OURS} where c.relkind in ('r', 'p') and not c.relispartition order by 1`;

/** The text of a definition behind `using`, without the table's name: what two indexes of the same kind have in common. */
const INDEXES = `
  select ${NAME} as table, i.relname as index, x.indisunique as "isUnique",
         exists (select from pg_constraint k where k.conindid = i.oid) as "isOfConstraint",
         c.oid || substring(pg_get_indexdef(i.oid) from ' USING .*$') as likeness,
         pg_relation_size(i.oid)::float as bytes, coalesce(s.idx_scan, 0)::float as scans,
         extract(epoch from now() - greatest(d.stats_reset, pg_postmaster_start_time()))::float / 86400 as "countedForDays"
    from ${OURS} join pg_index x on x.indrelid = c.oid join pg_class i on i.oid = x.indexrelid
    left join pg_stat_user_indexes s on s.indexrelid = i.oid
    left join pg_stat_database d on d.datname = current_database()
   where x.indisvalid and not c.relispartition order by c.oid, x.indisunique desc, i.relname`;

/** An index serves a foreign key whose columns it begins with, in whatever order. */
const FOREIGN_KEYS = `
  select ${NAME} as table, k.conname as constraint, k.confrelid::regclass::text as references,
         array(select attname::text from pg_attribute where attrelid = c.oid and attnum = any (k.conkey)) as columns,
         exists (select from unnest(k.conkey, k.confkey) as e (own, other)
                   join pg_attribute a on a.attrelid = k.conrelid and a.attnum = e.own
                   join pg_attribute b on b.attrelid = k.confrelid and b.attnum = e.other
                  where a.atttypid <> b.atttypid or a.attcollation <> b.attcollation) as "isMismatched",
         exists (select from pg_index x where x.indrelid = c.oid and x.indisvalid and x.indpred is null
                    and (x.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey) as "isIndexed"
    from ${OURS} join pg_constraint k on k.conrelid = c.oid and k.contype = 'f' and k.conparentid = 0
   where not c.relispartition order by 1, 2`;

/** The column's type can end before its sequence does. */
const COUNTERS = `
  select ${NAME} || '.' || a.attname as column, format_type(a.atttypid, null) as type, q.last_value::float as last,
         least(q.max_value, case a.atttypid when 'int2'::regtype then 32767 when 'int4'::regtype then 2147483647
                                 else 9223372036854775807 end)::float as most
    from ${OURS}
    join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.deptype in ('a', 'i')
    join pg_class s on s.oid = d.objid and s.relkind = 'S' join pg_namespace sn on sn.oid = s.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
    join pg_sequences q on q.schemaname = sn.nspname and q.sequencename = s.relname
   where d.classid = 'pg_class'::regclass and q.last_value is not null order by 1`;

const PRIVILEGES = `
  select current_user::text as role,
         array(select distinct n.nspname::text from ${OURS} where not has_schema_privilege(n.oid, 'create')) as "closedSchemas"`;

/** @param relations of ours, as the catalog calls them: `public.lessons`. */
export async function readNotes(client: PoolClient, relations: readonly string[]): Promise<Notes> {
  const read = async <T>(sql: string): Promise<T[]> => (await client.query(sql, [relations])).rows as T[];
  const tables = await read<Notes['tables'][number]>(TABLES);
  const indexes = await read<Notes['indexes'][number]>(INDEXES);
  const foreignKeys = await read<Notes['foreignKeys'][number]>(FOREIGN_KEYS);
  const counters = await read<Notes['counters'][number]>(COUNTERS);
  const [privileges = { role: '', closedSchemas: [] }] = await read<Notes['privileges']>(PRIVILEGES);
  return { tables, indexes, foreignKeys, counters, privileges };
}
