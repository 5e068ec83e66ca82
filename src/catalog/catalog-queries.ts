/**
 * The queries behind `readCatalog`, for PostgreSQL 15 to 18. What is printed names no object id and no role but those of
 * policies, so that two servers print the same.
 */

import { IS_WHOLE } from './facts-queries.ts';

const OWN_SCHEMA = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** The first id that is not PostgreSQL's own: a look at the rest would take most of the time. */
const IS_NEW = `>= 16384`;

function notOfExtension(catalog: string, oid: string): string {
  return `not exists (select from pg_depend e where e.classid = ${catalog} and e.objid = ${oid} and e.deptype = 'e')`;
}

const CLASS = `'pg_class'::regclass`;
const RELATION = `n.nspname || '.' || c.relname as relation`;
const NAME = `n.nspname || '.' || c.relname as name`;
const FROM_TABLES = `pg_class c join pg_namespace n on n.oid = c.relnamespace`;
const IS_OURS = `${OWN_SCHEMA} and ${notOfExtension(CLASS, 'c.oid')}`;
const IS_TABLE = `c.relkind in ('r', 'p') and ${IS_OURS}`;

const VERSION = `select current_setting('server_version_num')::int / 10000 as major`;

/** `relreplident`: d by the primary key, i by an index, f by the whole row, n by nothing. */
const TABLES = `
  select ${RELATION}, obj_description(c.oid, 'pg_class') as comment,
         concat_ws(', ', case when c.relrowsecurity then 'enabled' end, case when c.relforcerowsecurity then 'forced' end)
           as "rowSecurity",
         concat_ws(' ', case when c.relkind = 'p' then 'by ' || pg_get_partkeydef(c.oid) end,
                   (select 'of ' || string_agg(i.inhparent::regclass::text, ', ' order by i.inhseqno)
                      from pg_inherits i where i.inhrelid = c.oid),
                   pg_get_expr(c.relpartbound, c.oid)) as partition,
         concat_ws(' ', case c.relpersistence when 'u' then 'unlogged' end,
                   'with (' || array_to_string(c.reloptions, ', ') || ')',
                   'toast (' || array_to_string(o.reloptions, ', ') || ')',
                   case c.relreplident
                     when 'f' then 'replica identity full' when 'n' then 'replica identity nothing'
                     when 'i' then 'replica identity using index ' ||
                       (select x.indexrelid::regclass::text from pg_index x where x.indrelid = c.oid and x.indisreplident)
                   end) as settings
    from ${FROM_TABLES} left join pg_class o on o.oid = c.reltoastrelid
   where ${IS_TABLE}`;

/** `attstattarget` is -1 or, since 17, null where nobody has set it. */
const COLUMNS = `
  select ${RELATION}, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
         a.attnotnull and not exists (
           select from pg_constraint k
            where k.conrelid = c.oid and k.contype = 'n' and k.conkey[1] = a.attnum and not k.convalidated) as "notNull",
         pg_get_expr(d.adbin, d.adrelid) as default, a.attgenerated as generated, a.attidentity as identity,
         case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end as collation,
         col_description(c.oid, a.attnum) as comment,
         concat_ws(' ', case when a.attstorage <> t.typstorage then
                     case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end
                   end,
                   case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end,
                   'statistics ' || nullif(a.attstattarget, -1),
                   '(' || array_to_string(a.attoptions, ', ') || ')') as settings
    from ${FROM_TABLES}
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
   where ${IS_TABLE}`;

/** Not-null constraints are left to the columns: PostgreSQL 18 names them, 15 to 17 do not have them. */
const CONSTRAINTS = `
  select ${RELATION}, k.conname as name,
         pg_get_constraintdef(k.oid) || case when k.convalidated then '' else ' (not validated)' end as definition
    from ${FROM_TABLES} join pg_constraint k on k.conrelid = c.oid and k.contype <> 'n'
   where ${IS_TABLE} and ${IS_WHOLE}`;

/** That of a partitioned table is printed `on only`, whether the partitions have theirs (it is valid then) or not. */
const INDEXES = `
  select ${RELATION}, i.relname as name,
         case c.relkind when 'p' then regexp_replace(pg_get_indexdef(x.indexrelid), ' ON ONLY ', ' ON ')
                        else pg_get_indexdef(x.indexrelid) end || case when x.indisvalid then '' else ' (invalid)' end as definition
    from ${FROM_TABLES} join pg_index x on x.indrelid = c.oid join pg_class i on i.oid = x.indexrelid
   where c.relkind in ('r', 'p', 'm') and ${IS_OURS}`;

const TRIGGERS = `
  select ${RELATION}, g.tgname as name, pg_get_triggerdef(g.oid) || ${stateOf('g.tgenabled')} as definition
    from ${FROM_TABLES} join pg_trigger g on g.tgrelid = c.oid and not g.tgisinternal
   where ${IS_TABLE}
   union all
  select ${RELATION}, w.rulename, pg_get_ruledef(w.oid) || ${stateOf('w.ev_enabled')}
    from ${FROM_TABLES} join pg_rewrite w on w.ev_class = c.oid
   where ${IS_TABLE}`;

function stateOf(column: string): string {
  return `case ${column} when 'D' then ' (disabled)' when 'R' then ' (on replicas)' when 'A' then ' (always)' else '' end`;
}

const POLICIES = `
  select ${RELATION}, p.polname as name,
         concat_ws(' ', case when p.polpermissive then 'as permissive' else 'as restrictive' end,
                   case p.polcmd when 'r' then 'for select' when 'a' then 'for insert' when 'w' then 'for update'
                                 when 'd' then 'for delete' else 'for all' end,
                   'to ' || (select string_agg(case when r = 0 then 'public' else quote_ident(pg_get_userbyid(r)) end, ', '
                                               order by pg_get_userbyid(r))
                               from unnest(p.polroles) r),
                   'using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
                   'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') as definition
    from ${FROM_TABLES} join pg_policy p on p.polrelid = c.oid
   where ${IS_TABLE}`;

const ENUMS = `
  select n.nspname || '.' || t.typname as name,
         (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid) as labels
    from pg_type t join pg_namespace n on n.oid = t.typnamespace
   where t.typtype = 'e' and ${OWN_SCHEMA} and ${notOfExtension(`'pg_type'::regclass`, 't.oid')}`;

/** Domains, composite types and ranges. */
const TYPES = `
  select n.nspname || '.' || t.typname as name,
         case t.typtype
           when 'd' then concat_ws(' ', format_type(t.typbasetype, t.typtypmod), case when t.typnotnull then 'not null' end,
             'default ' || t.typdefault,
             (select string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), ' ' order by k.conname)
                from pg_constraint k where k.contypid = t.oid and k.contype = 'c'))
           when 'r' then (select format_type(r.rngsubtype, null) from pg_range r where r.rngtypid = t.oid)
           else (select '(' || string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum) || ')'
                   from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped)
         end as definition
    from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
   where (t.typtype in ('d', 'r') or c.relkind = 'c') and ${OWN_SCHEMA}
     and ${notOfExtension(`'pg_type'::regclass`, 't.oid')}`;

/** Said only where somebody chose them: an ascending sequence runs from 1 to the end of its type, a descending one the other way. */
const UNUSUAL_BOUNDS = `
  case when (s.min_value, s.max_value) not in (
    select case when s.increment_by > 0 then 1 else -b.most - 1 end, case when s.increment_by > 0 then b.most else -1 end
      from (select case s.data_type::text when 'smallint' then 32767 when 'integer' then 2147483647
                                          else 9223372036854775807 end as most) b)
  then format('from %s to %s', s.min_value, s.max_value) end`;

/** The owner tells where a serial's sequence belongs; without it the sequence outlives its column. */
const SEQUENCES = `
  select ${NAME}, o.relname as relation,
         concat_ws(' ', s.data_type, 'start', s.start_value, 'increment', s.increment_by,
                   ${UNUSUAL_BOUNDS},
                   case when s.cycle then 'cycle' end, 'cache ' || nullif(s.cache_size, 1),
                   case when c.relpersistence = 'u' then 'unlogged' end, 'owner', o.owner) as definition
    from ${FROM_TABLES} join pg_sequences s on s.schemaname = n.nspname and s.sequencename = c.relname
    left join lateral (
      select rn.nspname || '.' || r.relname as relname, rn.nspname || '.' || r.relname || '.' || a.attname as owner
        from pg_depend p join pg_class r on r.oid = p.refobjid join pg_namespace rn on rn.oid = r.relnamespace
        join pg_attribute a on a.attrelid = r.oid and a.attnum = p.refobjsubid
       where p.classid = ${CLASS} and p.objid = c.oid and p.deptype in ('a', 'i')
    ) o on true
   where ${IS_OURS}`;

/** With their options: `security_invoker`, `check_option`. */
const VIEWS = `
  select ${NAME},
         concat_ws(' ', case c.relkind when 'm' then 'materialized' end,
                   'with (' || array_to_string(c.reloptions, ', ') || ')', pg_get_viewdef(c.oid)) as definition
    from ${FROM_TABLES}
   where c.relkind in ('v', 'm') and ${IS_OURS}`;

/** PostgreSQL prints no aggregate. */
const ROUTINES = `
  select n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name,
         case p.prokind
           when 'a' then (select concat_ws(' ', 'aggregate', g.aggtransfn, g.aggfinalfn, g.aggtranstype::regtype, g.agginitval)
                            from pg_aggregate g where g.aggfnoid = p.oid)
           else pg_get_functiondef(p.oid) end as definition
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where p.oid ${IS_NEW} and ${OWN_SCHEMA} and ${notOfExtension(`'pg_proc'::regclass`, 'p.oid')}`;

const STATISTICS = `
  select n.nspname || '.' || s.stxname as name, pg_get_statisticsobjdef(s.oid) as definition
    from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace
   where ${OWN_SCHEMA} and ${notOfExtension(`'pg_statistic_ext'::regclass`, 's.oid')}`;

const SCHEMAS = `
  select n.nspname as name, 'a schema' as definition
    from pg_namespace n
   where ${OWN_SCHEMA} and ${notOfExtension(`'pg_namespace'::regclass`, 'n.oid')}`;

/** Their versions are the servers'. */
const EXTENSIONS = `select x.extname as name, 'an extension' as definition from pg_extension x where x.oid ${IS_NEW}`;

/** Those on tables and columns are with these. */
const COMMENTS = `
  select 'on ' || regexp_replace(o.type, '^.* (?=column|constraint)', '') || ' ' || o.identity as name, d.description as definition
    from pg_description d
    left join pg_class c on d.classoid = ${CLASS} and c.oid = d.objoid
   cross join pg_identify_object(d.classoid, d.objoid, d.objsubid) o
   where d.objoid ${IS_NEW} and c.relkind is distinct from 'r' and c.relkind is distinct from 'p'
     and d.classoid <> 'pg_extension'::regclass and ${notOfExtension('d.classoid', 'd.objoid')}`;

export const CATALOG_QUERIES = {
  version: VERSION,
  tables: TABLES,
  columns: COLUMNS,
  constraints: CONSTRAINTS,
  indexes: INDEXES,
  triggers: TRIGGERS,
  policies: POLICIES,
  enums: ENUMS,
  types: TYPES,
  sequences: SEQUENCES,
  views: VIEWS,
  routines: ROUTINES,
  statistics: STATISTICS,
  schemas: SCHEMAS,
  extensions: EXTENSIONS,
  comments: COMMENTS,
};
