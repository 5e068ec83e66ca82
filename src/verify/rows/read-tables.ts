/** What has to be known of tables to make rows for them. */
import { IS_WHOLE } from '../../catalog/facts-queries.ts';
import type { Queryable } from '../../catalog/queryable.ts';

export interface RowTable {
  readonly oid: number;
  /** `public.users` */
  readonly name: string;
  /** Ready for SQL. */
  readonly quoted: string;
  readonly columns: readonly RowColumn[];
  readonly checks: readonly RowCheck[];
  readonly foreignKeys: readonly RowForeignKey[];
  /** Definitions of its unique indexes, behind `on`. */
  readonly uniques: readonly string[];
  /** Of a partitioned table: the condition of a row that has a partition; of a partition: that of its rows. */
  readonly bounds: string | null;
  /** Of a partitioned table with a default partition: the condition of the rows that come into that. */
  readonly rest: string | null;
}

export interface RowColumn {
  readonly name: string;
  /** As `create table` has it: `varchar(255)`. */
  readonly type: string;
  readonly typeOid: number;
  /** `atttypmod`: -1, or the length and scale that the type was given. */
  readonly typmod: number;
  readonly notNull: boolean;
  /** The database makes the value: a serial, an identity, a generated column. */
  readonly isOwn: boolean;
}

export interface RowCheck {
  readonly name: string;
  /** SQL condition over the columns of the table. */
  readonly expression: string;
  readonly columns: readonly string[];
}

export interface RowForeignKey {
  readonly columns: readonly string[];
  readonly table: number;
  readonly references: readonly string[];
}

export interface RowType {
  readonly oid: number;
  readonly name: string;
  /** With its schema, ready for SQL. */
  readonly quoted: string;
  readonly kind: 'base' | 'enum' | 'domain' | 'range' | 'multirange' | 'other';
  /** S: like text. https://www.postgresql.org/docs/current/catalog-pg-type.html#CATALOG-TYPCATEGORY-TABLE */
  readonly category: string;
  /** Of an array its elements, of a domain what it is over, of a range its bounds. */
  readonly of: number;
  /** Of a domain. */
  readonly typmod: number;
  readonly labels: readonly string[];
  /** Conditions of a domain over VALUE. */
  readonly checks: readonly string[];
  readonly notNull: boolean;
}

export interface RowCatalog {
  readonly tables: readonly RowTable[];
  /** They get their rows through the table that they are a part of. */
  readonly partitions: readonly RowTable[];
  readonly types: ReadonlyMap<number, RowType>;
}

/** The bounds as one more check. */
export function boundsOf({ bounds, columns }: RowTable): RowCheck[] {
  const named = columns.map(({ name }) => name).filter(name => bounds?.includes(name));
  return bounds ? [{ name: 'its partitions', expression: bounds, columns: named }] : [];
}

/** @param without tables to leave out, as `schema.name`. */
export async function readRowTables(
  client: Queryable,
  { without }: { without: readonly string[] },
): Promise<RowCatalog> {
  const { rows } = await client.query(TABLES, [without]);
  const tables = rows as unknown as (RowTable & { readonly isPartition: boolean })[];
  const { rows: types } = await client.query(TYPES);
  const known = types as unknown as RowType[];
  return {
    tables: tables.filter(({ isPartition }) => !isPartition),
    partitions: tables.filter(({ isPartition }) => isPartition),
    types: new Map(known.map(type => [type.oid, type])),
  };
}

/** Of a partitioned table the bounds of its partitions are one more check. */
const TABLES = `
  select c.oid::int, c.relispartition as "isPartition", n.nspname || '.' || c.relname as name, format('%I.%I', n.nspname, c.relname) as quoted,
         (select json_agg(json_build_object(
                   'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'typeOid', a.atttypid::int,
                   'typmod', a.atttypmod, 'notNull', a.attnotnull,
                   'isOwn', a.attidentity <> '' or a.attgenerated <> ''
                            or coalesce(pg_get_expr(d.adbin, d.adrelid) like 'nextval(%', false)) order by a.attnum)
            from pg_attribute a left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
         (select coalesce(json_agg(json_build_object(
                   'name', k.conname, 'expression', pg_get_expr(k.conbin, k.conrelid),
                   'columns', (select coalesce(json_agg(a.attname), '[]') from pg_attribute a
                                where a.attrelid = c.oid and a.attnum = any (k.conkey))) order by k.conname), '[]')
            from pg_constraint k where k.conrelid = c.oid and k.contype = 'c') as checks,
         (select coalesce(json_agg(json_build_object(
                   'columns', (select json_agg(a.attname order by p.i) from unnest(k.conkey) with ordinality p (num, i)
                                 join pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.num),
                   'table', k.confrelid::int,
                   'references', (select json_agg(a.attname order by p.i) from unnest(k.confkey) with ordinality p (num, i)
                                    join pg_attribute a on a.attrelid = k.confrelid and a.attnum = p.num))
                   order by cardinality(k.conkey) desc, k.conname), '[]')
            from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and ${IS_WHOLE}) as "foreignKeys",
         (select coalesce(json_agg(substr(pg_get_indexdef(x.indexrelid),
                                          length('CREATE UNIQUE INDEX  ON ') + length(quote_ident(r.relname)) + 1)), '[]')
            from pg_index x join pg_class r on r.oid = x.indexrelid where x.indrelid = c.oid and x.indisunique) as uniques,
         case when c.relispartition then pg_get_partition_constraintdef(c.oid) else (
           select string_agg('(' || pg_get_partition_constraintdef(i.inhrelid) || ')', ' or ')
             from pg_inherits i join pg_class p on p.oid = i.inhrelid
            where i.inhparent = c.oid and p.relispartition) end as bounds,
         (select coalesce(pg_get_partition_constraintdef(d.partdefid), 'true')
            from pg_partitioned_table d where d.partrelid = c.oid and d.partdefid <> 0) as rest
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p') and c.relpersistence <> 't'
     and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     and n.nspname || '.' || c.relname <> all ($1::text[])
     and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
   order by c.oid`;

const TYPES = `
  select t.oid::int, t.typname as name, format('%I.%I', n.nspname, t.typname) as quoted,
         case t.typtype when 'b' then 'base' when 'e' then 'enum' when 'd' then 'domain' when 'r' then 'range'
                        when 'm' then 'multirange' else 'other' end as kind,
         t.typcategory as category,
         coalesce(r.rngsubtype, m.rngtypid, nullif(t.typbasetype, 0), case when t.typcategory = 'A' then t.typelem end, 0)::int as of,
         t.typtypmod as typmod, t.typnotnull as "notNull",
         (select coalesce(json_agg(e.enumlabel order by e.enumsortorder), '[]') from pg_enum e where e.enumtypid = t.oid) as labels,
         (select coalesce(json_agg(pg_get_expr(k.conbin, 0)), '[]')
            from pg_constraint k where k.contypid = t.oid and k.contype = 'c') as checks
    from pg_type t join pg_namespace n on n.oid = t.typnamespace
    left join pg_range r on r.rngtypid = t.oid left join pg_range m on m.rngmultitypid = t.oid
   where t.typtype in ('b', 'e', 'd', 'r', 'm')`;
