/** What of a statement is run on an empty shadow database. Pure. */
import { type Change, changesOf } from '../statement/change.ts';
import type { Statement } from '../statement/read.ts';
import { readTokens } from '../statement/tokens.ts';

/** They change rows, of which there are none, or hold locks, which nobody else wants. */
const WITHOUT_EFFECT: ReadonlySet<Change['kind']> = new Set([
  'insert',
  'update',
  'delete',
  'truncate',
  'lock table',
  'vacuum',
  'cluster',
  'reindex',
  'refresh view',
  'transaction',
]);

/** Beyond the database: roles and grants belong to the server, which may be somebody's. */
const OUTSIDE =
  /^(?:Copy|Grant|GrantRole|CreateRole|AlterRole|AlterRoleSet|DropRole|AlterDefaultPrivileges|AlterOwner|ReassignOwned|DropOwned|Createdb|AlterDatabase|AlterDatabaseSet|AlterSystem|CreateTableSpace|AlterTableSpaceOptions|DropTableSpace|CreateSubscription|AlterSubscription|DropSubscription|Checkpoint|Notify|Listen|Unlisten|Load|Discard|Explain|SecLabel)Stmt$/;

/** The statement without `concurrently`; undefined for one that has nothing to do here. */
export function withoutConcurrency({ sql, changes }: Statement): string | undefined {
  const hasEffect = changes.some(change => !WITHOUT_EFFECT.has(change.kind) && !isOutside(change));
  if (!hasEffect) {
    return undefined;
  }
  const isConcurrent = changes.some(change => 'concurrently' in change && change.concurrently);
  return isConcurrent ? withoutWord(sql, 'concurrently') : sql;
}

function isOutside(change: Change): boolean {
  return change.kind === 'drop database' || (change.kind === 'other' && OUTSIDE.test(change.statement));
}

/** The first time that it stands outside of brackets and quotes. */
function withoutWord(sql: string, word: string): string {
  const token = readTokens(sql).find(({ word: own, depth }) => own === word && depth === 0);
  return token ? sql.slice(0, token.start) + sql.slice(token.end).trimStart() : sql;
}

const PRELUDE =
  /^(?:CreateExtension|AlterExtension|AlterExtensionContents|CreateSchema|Define|CreateCast|CreateTransform|CreateConversion|CreateOpClass|CreateOpFamily|CreatePLang|CreateRange|CreateForeignServer|CreateFdw)Stmt$/;

/**
 * The routines that a statement makes, none of most, where it makes or drops what an entity can use and not describe; undefined
 * for any other statement. Enum types are the entities' own.
 */
export function readPreludeRoutines({ sql, changes }: Statement): ReadonlySet<string> | undefined {
  const isPrelude = changes.every(
    change =>
      (change.kind === 'other' && PRELUDE.test(change.statement)) ||
      change.kind === 'create routine' ||
      change.kind === 'drop routine' ||
      change.kind === 'drop type' ||
      (change.kind === 'create type' && !isEnum(sql)),
  );
  const routines = changesOf(changes, 'create routine').map(
    ({ routine }) => `${routine.schema ?? 'public'}.${routine.name}`,
  );
  return isPrelude ? new Set(routines) : undefined;
}

function isEnum(sql: string): boolean {
  return readTokens(sql).some(({ word, depth }) => word === 'enum' && depth === 0);
}
