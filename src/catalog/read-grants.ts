/** Who has been given rights on what is in the database: roles belong to the server, so migrations are not asked about them. */
import type { Queryable } from './queryable.ts';

/**
 * @param without tables of our own: `schema.name`.
 * @returns `grant select on public.users to reporter`, a line for each object and role, sorted; not those of owners, nor those that
 * PostgreSQL gives by itself.
 */
export async function readGrants(client: Queryable, without: readonly string[]): Promise<string[]> {
  const { rows } = await client.query(GRANTS, [without]);
  return rows.map(row => String(row.grant));
}

/** Grantee 0 is everybody. https://www.postgresql.org/docs/current/ddl-priv.html */
const GRANTS = `
  with granted as (
    select 'pg_class'::regclass as class, c.oid, n.nspname || '.' || c.relname as object, c.relowner as owner, c.relacl as acl
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    union all
    select 'pg_class'::regclass, c.oid, n.nspname || '.' || c.relname || ' (' || a.attname || ')', c.relowner, a.attacl
      from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where a.attacl is not null and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    union all
    select 'pg_proc'::regclass, p.oid, n.nspname || '.' || p.proname, p.proowner, p.proacl
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    union all
    select 'pg_namespace'::regclass, n.oid, 'schema ' || n.nspname, n.nspowner, n.nspacl
      from pg_namespace n where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  )
  select concat('grant ', string_agg(distinct lower(a.privilege_type), ', '), ' on ', object, ' to ',
                coalesce((select r.rolname::text from pg_roles r where r.oid = a.grantee), 'public')) as "grant"
    from granted cross join aclexplode(acl) a
   where a.grantee <> owner and object <> all($1)
     and not (a.grantee = 0 and class = 'pg_proc'::regclass)
     and not (a.grantee = 0 and object = 'schema public' and a.privilege_type = 'USAGE')
     and not exists (select from pg_depend e where e.classid = class and e.objid = granted.oid and e.deptype = 'e')
   group by class, granted.oid, object, a.grantee
   order by 1`;
