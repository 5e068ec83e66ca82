/**
 * The catalog queries behind `readFacts`. A name comes as `{ schema, name }`, for `renderName`; a relation as its oid and a column
 * as its number, for RELATIONS and COLUMNS to tell their names: a subquery for each constraint would take most of the time.
 */
import { quoteLiteral } from '../statement/change.ts';

const VERSION = `select current_setting('server_version_num')::int / 10000 as major`;

function nameOf(namespace: string, name: string): string {
  return `jsonb_build_object('schema', ${namespace}, 'name', ${name})`;
}

function notOfExtension(catalog: string, oid: string): string {
  return `not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;
}

const RELATION = `c.oid::bigint as relation`;
const FROM_RELATIONS = `pg_class c join pg_namespace n on n.oid = c.relnamespace`;
const IS_OURS = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and ${notOfExtension('pg_class', 'c.oid')}`;
const IS_TABLE = `c.relkind in ('r', 'p') and ${IS_OURS}`;

/** A table that was never vacuumed or analyzed has reltuples -1. */
const RELATIONS = `
  select ${RELATION}, ${nameOf('n.nspname', 'c.relname')} as name,
         case when c.relkind = 'v' then 'view' when c.relkind = 'm' then 'materialized view'
              when c.relkind = 'p' then 'partitioned' when c.relispartition then 'partition' else 'table' end as kind,
         case when c.reltuples >= 0 and c.relkind <> 'v' then c.reltuples end as "estimatedRows",
         c.relpages::bigint * current_setting('block_size')::int as bytes, c.relispopulated as "isPopulated",
         case when c.relkind = 'p' then (
           select ${nameOf('dn.nspname', 'd.relname')}
             from pg_partitioned_table t join pg_class d on d.oid = t.partdefid join pg_namespace dn on dn.oid = d.relnamespace
            where t.partrelid = c.oid) end as "defaultPartition"
    from ${FROM_RELATIONS}
   where c.relkind in ('r', 'p', 'v', 'm') and ${IS_OURS}
   order by n.nspname, c.relname`;

/** The tables that nobody can look into now, since somebody holds or waits for ACCESS EXCLUSIVE on them or on a partition of theirs. */
export const LOCKED_RELATIONS = `
  select distinct unnest(l.relation || array(select a.relid::oid from pg_partition_ancestors(l.relation) a))::bigint as relation
    from pg_locks l
   where l.mode = 'AccessExclusiveLock' and l.locktype = 'relation' and l.pid <> pg_backend_pid()
     and l.database = (select oid from pg_database where datname = current_database())`;

/** @param tables as SQL writes them. The empty look ends at the first row, whatever the size. */
export function relationSizes(tables: readonly string[]): string {
  const looks = tables.map(
    (table, position) =>
      `select ${position} as position, exists (select from ${table} limit 1) as "hasRows", ` +
      `pg_total_relation_size(${quoteLiteral(table)}::regclass) as bytes`,
  );
  return looks.join(' union all ');
}

const COLUMNS = `
  select ${RELATION}, a.attnum as number, a.attname as name,
         json_build_object('type', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull,
                           'hasDefault', a.attidentity <> '' or (a.attgenerated = '' and pg_get_expr(d.adbin, d.adrelid) !~ '^NULL(::|$)') is true,
                           'isGenerated', a.attgenerated <> '') as facts
    from ${FROM_RELATIONS}
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
   where c.relkind in ('r', 'p', 'v', 'm') and ${IS_OURS}
   order by c.oid, a.attnum`;

function actionOf(event: string, code: string): string {
  return `case ${code} when 'r' then 'on ${event} restrict' when 'c' then 'on ${event} cascade'
    when 'n' then 'on ${event} set null' when 'd' then 'on ${event} set default' end`;
}

/** A foreign key to a partitioned table has a row of its own for each partition, which comes and goes with that. */
export const IS_WHOLE = `(k.conparentid = 0 or not exists (
  select from pg_constraint whole where whole.oid = k.conparentid and whole.conrelid = k.conrelid))`;

/** `n` is there since 18; `t` is a constraint trigger. */
const CONSTRAINTS = `
  select ${RELATION}, k.conname as name, k.convalidated as "isValidated",
         case k.contype when 'p' then 'primary key' when 'u' then 'unique' when 'f' then 'foreign key'
                        when 'c' then 'check' when 'x' then 'exclude' when 'n' then 'not null' end as type,
         coalesce(k.conkey, '{}') as columns,
         case when r.oid is not null then ${nameOf('rn.nspname', 'r.relname')} end as references, ki.relname as key,
         case when k.contype = 'f' then nullif(concat_ws(' ',
           case k.confmatchtype when 'f' then 'match full' end, ${actionOf('update', 'k.confupdtype')},
           ${actionOf('delete', 'k.confdeltype')}, case when k.condeferrable then 'deferrable' end,
           case when k.condeferred then 'initially deferred' end), '') end as rules,
         case when k.contype = 'c' then pg_get_expr(k.conbin, k.conrelid) end as expression
    from ${FROM_RELATIONS} join pg_constraint k on k.conrelid = c.oid and k.contype <> 't'
    left join pg_class r on r.oid = k.confrelid left join pg_namespace rn on rn.oid = r.relnamespace
    left join pg_class ki on ki.oid = k.conindid and k.contype = 'f'
   where ${IS_TABLE} and ${IS_WHOLE}
   order by k.oid`;

/** The key columns in their order, 0 for an expression; not those of `include`. The positions of an int2vector begin with 0. */
const INDEXES = `
  select ${RELATION}, ${nameOf('n.nspname', 'i.relname')} as name, x.indisvalid as "isValid", x.indisunique as "isUnique",
         (x.indkey::int2[])[0:x.indnkeyatts - 1] as columns, pg_get_indexdef(x.indexrelid) as definition,
         k.conname as constraint
    from ${FROM_RELATIONS} join pg_index x on x.indrelid = c.oid join pg_class i on i.oid = x.indexrelid
    left join pg_constraint k on k.conindid = x.indexrelid and k.conrelid = c.oid and k.contype in ('p', 'u', 'x')
   where c.relkind in ('r', 'p', 'm') and ${IS_OURS}
   order by i.oid`;

/** A view hangs on its tables through its rule; a rule of a table hangs on the others that it names. */
const DEPENDENTS = `
  select distinct ${RELATION}, ${nameOf('vn.nspname', 'v.relname')} as name
    from ${FROM_RELATIONS}
    join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.classid = 'pg_rewrite'::regclass
    join pg_rewrite w on w.oid = d.objid
    join pg_class v on v.oid = w.ev_class and v.oid <> c.oid
    join pg_namespace vn on vn.oid = v.relnamespace
   where ${IS_OURS}`;

/** What hangs on a single column, besides indexes and constraints. Of a view only what PostgreSQL says of columns: `select *` names all. */
const USES = `
  with found as (
    select d.refobjid as relation, d.refobjsubid as attribute,
           case vn.nspname when 'public' then '' else vn.nspname || '.' end || v.relname as name,
           case v.relkind when 'm' then 'materialized view' else 'view' end as kind,
           v.reloptions is null and v.relacl is null and not v.relhastriggers and v.relkind = 'v'
             and not exists (select from pg_description t where t.classoid = 'pg_class'::regclass and t.objoid = v.oid)
             and (select count(*) from pg_rewrite o where o.ev_class = v.oid) = 1 as plain
      from pg_depend d join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
      join pg_class v on v.oid = w.ev_class join pg_namespace vn on vn.oid = v.relnamespace
     where v.oid <> d.refobjid and d.refclassid = 'pg_class'::regclass
    union all
    select d.refobjid, d.refobjsubid,
           coalesce(p.polname, g.tgname, s.stxname, f.proname, (select pubname from pg_publication where oid = b.prpubid)),
           case when p.oid is not null then 'policy' when g.oid is not null then 'trigger'
                when s.oid is not null then 'statistics object' when f.oid is not null then 'routine' else 'publication' end, false
      from pg_depend d
      left join pg_policy p on d.classid = 'pg_policy'::regclass and p.oid = d.objid
      left join pg_trigger g on d.classid = 'pg_trigger'::regclass and g.oid = d.objid and not g.tgisinternal
      left join pg_statistic_ext s on d.classid = 'pg_statistic_ext'::regclass and s.oid = d.objid
      left join pg_proc f on d.classid = 'pg_proc'::regclass and f.oid = d.objid
      left join pg_publication_rel b on d.classid = 'pg_publication_rel'::regclass and b.oid = d.objid
     where d.refclassid = 'pg_class'::regclass and coalesce(p.oid, g.oid, s.oid, f.oid, b.oid) is not null
    union all
    select d.refobjid, d.refobjsubid, a.attname,
           case a.attgenerated when 's' then 'stored generated column' else 'virtual generated column' end, false
      from pg_depend d join pg_attrdef x on d.classid = 'pg_attrdef'::regclass and x.oid = d.objid
      join pg_attribute a on a.attrelid = x.adrelid and a.attnum = x.adnum and a.attgenerated <> ''
     where d.refclassid = 'pg_class'::regclass and d.refobjid = x.adrelid and d.refobjsubid <> x.adnum
    union all
    select partrelid, unnest(partattrs::int2[]), 'its partitions', 'partition key', false from pg_partitioned_table
    union all
    select indrelid, unnest(indkey::int2[]), indexrelid::regclass::text, 'replica identity', false
      from pg_index where indisreplident
    union all
    select attrelid, attnum, attname, 'identity', false from pg_attribute where attidentity <> '' and not attisdropped
    union all
    select attrelid, attnum, attname, 'privilege', false from pg_attribute where attacl is not null and attnum > 0
    union all
    select t.relation, a.attnum, t.other::regclass::text, 'inheritance', false
      from (select inhrelid as relation, inhparent as other from pg_inherits
            union all select i.inhparent, i.inhrelid from pg_inherits i join pg_class k on k.oid = i.inhparent where k.relkind = 'r') t
      join pg_attribute a on a.attrelid = t.relation and a.attnum > 0 and not a.attisdropped
      join pg_class k on k.oid = t.relation and k.relkind = 'r'
  )
  select distinct ${RELATION}, a.attname as column, f.kind, f.name, f.plain as "isPlain"
    from found f join pg_class c on c.oid = f.relation join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum = f.attribute and a.attnum > 0 and not a.attisdropped
   where ${IS_TABLE}
   order by 1, 2, 3, 4`;

/** -1, and null since 17, are the default target of statistics. */
const SETTINGS = `
  select ${RELATION}, a.attname as column,
         json_strip_nulls(json_build_object(
           'statistics', case when a.attstattarget >= 0 then a.attstattarget end,
           'storage', case when a.attstorage <> t.typstorage then
                      case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end end,
           'compression', case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end,
           'options', a.attoptions)) as settings
    from ${FROM_RELATIONS} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
   where ${IS_TABLE} and (a.attstattarget >= 0 or a.attstorage <> t.typstorage or a.attcompression <> '' or a.attoptions is not null)`;

/** A domain over a domain takes its conditions along. */
const TYPES = `
  with recursive base as (
    select t.oid, t.oid as at from pg_type t where t.typtype = 'd'
    union all
    select b.oid, t.typbasetype from base b join pg_type t on t.oid = b.at where t.typtype = 'd'
  )
  select ${nameOf('n.nspname', 't.typname')} as name,
         case t.typtype when 'e' then 'enum' else 'domain' end as kind,
         exists (select from base b join pg_type bt on bt.oid = b.at
                  where b.oid = t.oid and (bt.typnotnull or exists (select from pg_constraint k where k.contypid = bt.oid)))
           as "isConstrained",
         (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid) as labels
    from pg_type t join pg_namespace n on n.oid = t.typnamespace
   where t.typtype in ('e', 'd') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** Of several of one name the most volatile counts; `v` sorts last. `isFound`: by its own name, through the search path. */
const FUNCTIONS = `
  select json_build_array(n.nspname, p.proname, max(p.provolatile::text), n.nspname = any(current_schemas(true))) as facts
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where p.prokind = 'f' and n.nspname <> 'information_schema'
   group by n.nspname, p.proname`;

export const FACTS_QUERIES = {
  version: VERSION,
  relations: RELATIONS,
  columns: COLUMNS,
  constraints: CONSTRAINTS,
  indexes: INDEXES,
  dependents: DEPENDENTS,
  uses: USES,
  settings: SETTINGS,
  types: TYPES,
  functions: FUNCTIONS,
};
