/** The accounts that bulk data belongs to. Nobody can sign in to them: they have no password. */
import type { ClientBase } from 'pg';

/**
 * New numbers for `users`, from its sequence: a run adds to what is there, whoever added it, and everything else of the bulk
 * data is named after them. Ascending.
 */
export async function drawLearnerIds(client: ClientBase, count: number): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(DRAW_IDS, [count]);
  return rows.map(row => row.id).sort((one, other) => one - other);
}

/** Adds learners of these ids, with their profiles. */
export async function insertLearners(client: ClientBase, ids: readonly number[]): Promise<void> {
  await client.query(INSERT_LEARNERS, [ids]);
  await client.query(INSERT_PROFILES, [ids]);
}

const DRAW_IDS = `select nextval(pg_get_serial_sequence('users', 'id'))::integer as id from generate_series(1, $1::integer)`;

const INSERT_LEARNERS = `
  insert into users (id, email, username, display_name, role, created_at)
  select id, 'bulk-' || id || '@sunschool.example', 'bulk-' || id, 'Bulk learner ' || id, 'LEARNER', '2025-01-01 08:00:00'
  from unnest($1::integer[]) as id`;

const INSERT_PROFILES = `
  insert into learner_profiles (id, user_id, grade_level, created_at)
  select 'bulk-' || id, id, 1 + id % 12, '2025-01-01 08:00:00'
  from unnest($1::integer[]) as id`;
