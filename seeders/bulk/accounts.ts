/** The accounts that bulk data belongs to. Nobody can sign in to them: they have no password. */
import type { ClientBase } from 'pg';

/**
 * Adds learners with their profiles. Their ids come from the sequence of `users`, so that a run adds to what is there, whoever
 * added it, and everything else of the bulk data is named after them.
 * @returns users.id of each, ascending.
 */
export async function insertLearners(client: ClientBase, count: number): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(INSERT_LEARNERS, [count]);
  const ids = rows.map(row => row.id).sort((one, other) => one - other);
  await client.query(INSERT_PROFILES, [ids]);
  return ids;
}

const INSERT_LEARNERS = `
  insert into users (id, email, username, name, role, created_at)
  select id, 'bulk-' || id || '@sunschool.example', 'bulk-' || id, 'Bulk learner ' || id, 'LEARNER', '2025-01-01 08:00:00'
  from (select nextval(pg_get_serial_sequence('users', 'id')) as id from generate_series(1, $1::integer)) as numbers
  returning id`;

const INSERT_PROFILES = `
  insert into learner_profiles (id, user_id, created_at)
  select 'bulk-' || id, id, '2025-01-01 08:00:00'
  from unnest($1::integer[]) as id`;
