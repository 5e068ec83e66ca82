import type { Catalog, TableCatalog } from './catalog.ts';
import { type Row, readParts } from './read-parts.ts';

/** Anything that runs a query: a `pg` client or pool. */
export interface Queryable {
  query(sql: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

/**
 * Reads the catalog of the schemas that are not PostgreSQL's own, without what extensions brought.
 * @param options.without tables to leave out, such as the table of executed migrations; `schema.name`.
 */
export async function readCatalog(client: Queryable, options: { without?: readonly string[] } = {}): Promise<Catalog> {
  const without = options.without ?? [];
  const parts = await readParts(client, QUERIES);
  const ours = (rows: readonly Row[]): Row[] => rows.filter(({ relation }) => !without.includes(String(relation)));
  const [columns, constraints, indexes, triggers] = [
    byRelation(parts.columns),
    byRelation(parts.constraints),
    byRelation(parts.indexes),
    byRelation(parts.triggers),
  ];
  const table = ({ relation, comment }: Row): TableCatalog => ({
    columns: keyed(columns.get(relation), ({ name: _name, relation: _relation, ...column }) => column),
    constraints: keyed(constraints.get(relation), definition),
    indexes: keyed(indexes.get(relation), definition),
    triggers: keyed(triggers.get(relation), definition),
    comment: comment as string | null,
  });
  return {
    tables: Object.fromEntries(ours(parts.tables).map(row => [row.relation, table(row)])),
    enums: keyed(parts.enums, ({ labels }) => labels),
    sequences: keyed(ours(parts.sequences), definition),
    views: keyed(parts.views, definition),
    routines: keyed(parts.routines, definition),
  };
}

function byRelation(rows: readonly Row[]): Map<unknown, Row[]> {
  return Map.groupBy(rows, ({ relation }) => relation);
}

function keyed<T>(rows: Row[] | undefined, value: (row: Row) => unknown): Record<string, T> {
  return Object.fromEntries((rows ?? []).map(row => [String(row.name), value(row) as T]));
}

function definition({ definition }: Row): unknown {
  return definition;
}

const OWN_SCHEMA = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

function notOfExtension(catalog: string, oid: string): string {
  return `not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;
}

const RELATION = `n.nspname || '.' || c.relname as relation`;
const FROM_TABLES = `pg_class c join pg_namespace n on n.oid = c.relnamespace`;
const IS_TABLE = `c.relkind in ('r', 'p') and ${OWN_SCHEMA} and ${notOfExtension('pg_class', 'c.oid')}`;

const TABLES = `select ${RELATION}, obj_description(c.oid, 'pg_class') as comment from ${FROM_TABLES} where ${IS_TABLE}`;

const COLUMNS = `
  select ${RELATION}, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as "notNull",
         pg_get_expr(d.adbin, d.adrelid) as default, a.attgenerated as generated, a.attidentity as identity,
         case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end as collation,
         col_description(c.oid, a.attnum) as comment
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
   where ${IS_TABLE}`;

const INDEXES = `
  select ${RELATION}, i.relname as name,
         pg_get_indexdef(x.indexrelid) || case when x.indisvalid then '' else ' (invalid)' end as definition
    from ${FROM_TABLES} join pg_index x on x.indrelid = c.oid join pg_class i on i.oid = x.indexrelid
   where ${IS_TABLE}`;

const TRIGGERS = `
  select ${RELATION}, g.tgname as name, pg_get_triggerdef(g.oid) as definition
    from ${FROM_TABLES} join pg_trigger g on g.tgrelid = c.oid and not g.tgisinternal
   where ${IS_TABLE}`;

const ENUMS = `
  select n.nspname || '.' || t.typname as name,
         (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid) as labels
    from pg_type t join pg_namespace n on n.oid = t.typnamespace
   where t.typtype = 'e' and ${OWN_SCHEMA} and ${notOfExtension('pg_type', 't.oid')}`;

/** The owner tells where a serial's sequence belongs; without it the sequence outlives its column. */
const SEQUENCES = `
  select n.nspname || '.' || c.relname as name, o.relname as relation,
         concat_ws(' ', s.data_type, 'start', s.start_value, 'increment', s.increment_by, 'owner',
                   o.owner) as definition
    from ${FROM_TABLES} join pg_sequences s on s.schemaname = n.nspname and s.sequencename = c.relname
    left join lateral (
      select rn.nspname || '.' || r.relname as relname, rn.nspname || '.' || r.relname || '.' || a.attname as owner
        from pg_depend p join pg_class r on r.oid = p.refobjid join pg_namespace rn on rn.oid = r.relnamespace
        join pg_attribute a on a.attrelid = r.oid and a.attnum = p.refobjsubid
       where p.classid = 'pg_class'::regclass and p.objid = c.oid and p.deptype in ('a', 'i')
    ) o on true
   where ${OWN_SCHEMA} and ${notOfExtension('pg_class', 'c.oid')}`;

const VIEWS = `
  select n.nspname || '.' || c.relname as name, pg_get_viewdef(c.oid) as definition
    from ${FROM_TABLES}
   where c.relkind in ('v', 'm') and ${OWN_SCHEMA} and ${notOfExtension('pg_class', 'c.oid')}`;

const ROUTINES = `
  select n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name,
         pg_get_functiondef(p.oid) as definition
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where p.prokind in ('f', 'p') and ${OWN_SCHEMA} and ${notOfExtension('pg_proc', 'p.oid')}`;

const QUERIES = {
  tables: TABLES,
  columns: COLUMNS,
  constraints: CONSTRAINTS,
  indexes: INDEXES,
  triggers: TRIGGERS,
  enums: ENUMS,
  sequences: SEQUENCES,
  views: VIEWS,
  routines: ROUTINES,
};
