/**
 * The catalog queries behind `readFacts`. A name comes as `{ schema, name }`, for `renderName`; a relation as its oid and a column
 * as its number, for RELATIONS and COLUMNS to tell their names: a subquery for each constraint would take most of the time.
 */

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
         c.relpages::bigint * current_setting('block_size')::int as bytes
    from ${FROM_RELATIONS}
   where c.relkind in ('r', 'p', 'v', 'm') and ${IS_OURS}
   order by n.nspname, c.relname`;

/** @param tables as SQL writes them. The empty look ends at the first row, whatever the size. */
export function relationSizes(tables: readonly string[]): string {
  const looks = tables.map(
    (table, position) =>
      `select ${position} as position, exists (select from ${table} limit 1) as "hasRows", ` +
      `pg_total_relation_size('${table.replaceAll("'", "''")}'::regclass) as bytes`,
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

/** `n` is there since 18; `t` is a constraint trigger. */
const CONSTRAINTS = `
  select ${RELATION}, k.conname as name, k.convalidated as "isValidated",
         case k.contype when 'p' then 'primary key' when 'u' then 'unique' when 'f' then 'foreign key'
                        when 'c' then 'check' when 'x' then 'exclude' when 'n' then 'not null' end as type,
         coalesce(k.conkey, '{}') as columns,
         case when r.oid is not null then ${nameOf('rn.nspname', 'r.relname')} end as references,
         case when k.contype = 'c' then pg_get_expr(k.conbin, k.conrelid) end as expression
    from ${FROM_RELATIONS} join pg_constraint k on k.conrelid = c.oid and k.contype <> 't'
    left join pg_class r on r.oid = k.confrelid left join pg_namespace rn on rn.oid = r.relnamespace
   where ${IS_TABLE}
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
           as "isConstrained"
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
  types: TYPES,
  functions: FUNCTIONS,
};
