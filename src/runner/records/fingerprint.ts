/** What a migration was when it ran: kept beside its record, so that an edit afterwards is noticed. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Configuration } from '@mikro-orm/core';
import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { ListedStatement } from '../../migration.ts';
import { normalizeSql } from '../../statement/normalize.ts';
import { listStatements, type NamedMigration } from '../list-statements.ts';

export interface Fingerprint {
  /** SHA-256 of the file with line ends of one kind; null for a class that is in no file. */
  readonly fileHash: string | null;
  /** SHA-256 of what `up` and `down` list, whatever its layout. */
  readonly checksum: string;
}

type ListContext = { readonly driver: PostgreSqlDriver; readonly config: Configuration };

/** Of each migration, by its name. */
export async function readFingerprints(
  migrations: readonly NamedMigration[],
  context: ListContext,
): Promise<Map<string, Fingerprint>> {
  const fingerprints = new Map<string, Fingerprint>();
  for (const migration of migrations) {
    fingerprints.set(migration.name, await readFingerprint(migration, context));
  }
  return fingerprints;
}

async function readFingerprint(migration: NamedMigration, context: ListContext): Promise<Fingerprint> {
  return { fileHash: hashFile(migration.path), checksum: await readChecksum(migration, context) };
}

/** Looked at first: it is read without loading the migration. A thousand small files at once would want as many descriptors. */
export function hashFile(path: string | undefined): string | null {
  return path === undefined ? null : hash(readFileSync(path, 'utf8').replaceAll('\r\n', '\n'));
}

/** @throws what `up` throws while it lists its statements. */
export async function readChecksum(migration: NamedMigration, context: ListContext): Promise<string> {
  const up = await listStatements(migration, context, 'up');
  // there may be none, or it looks for what `up` has yet to make
  const down = await listStatements(migration, context, 'down').catch(() => undefined);
  return hash(JSON.stringify([normalize(up), down === undefined ? null : normalize(down)]));
}

function normalize(statements: readonly ListedStatement[]): string {
  return normalizeSql(statements.map(({ sql, backfill }) => (backfill ? `backfill ${sql}` : sql)));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
