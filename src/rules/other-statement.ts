import type { LockMode } from '../plan/plan.ts';
import type { ObjectName } from '../statement/change.ts';
import { readTokens } from '../statement/tokens.ts';
import { online, type Rule } from './rule.ts';
import { indexOfWords, locksOnNamed, readObjectName, splitAtCommas } from './words.ts';

const id = 'other-statement';

interface Lock {
  readonly mode: LockMode;
  /** The word before the tables that it locks: `create statistics s on a, b from t`. */
  readonly behind: string;
}

/**
 * Statements that only change the catalog, by the name that the parser has for them, each with what it locks of tables: measured on
 * 15 and 18; what is not here is refused by unknown-statement.
 */
const HARMLESS: Readonly<Record<string, Lock | 'no lock'>> = {
  AlterDatabaseSetStmt: 'no lock',
  AlterDefaultPrivilegesStmt: 'no lock',
  AlterFunctionStmt: 'no lock',
  AlterOwnerStmt: 'no lock',
  AlterPublicationStmt: { mode: 'SHARE UPDATE EXCLUSIVE', behind: 'table' },
  AlterRoleSetStmt: 'no lock',
  AlterRoleStmt: 'no lock',
  AlterSeqStmt: 'no lock',
  AlterStatsStmt: 'no lock',
  'AlterTableStmt OBJECT_INDEX': 'no lock',
  'AlterTableStmt OBJECT_SEQUENCE': 'no lock',
  'AlterTableStmt OBJECT_VIEW': { mode: 'ACCESS EXCLUSIVE', behind: 'view' },
  ConstraintsSetStmt: 'no lock',
  CreateCastStmt: 'no lock',
  CreateExtensionStmt: 'no lock',
  CreatePublicationStmt: { mode: 'SHARE UPDATE EXCLUSIVE', behind: 'table' },
  CreateRangeStmt: 'no lock',
  CreateRoleStmt: 'no lock',
  CreateSchemaStmt: 'no lock',
  CreateSeqStmt: 'no lock',
  CreateStatsStmt: { mode: 'SHARE UPDATE EXCLUSIVE', behind: 'from' },
  DefineStmt: 'no lock',
  GrantRoleStmt: 'no lock',
  GrantStmt: { mode: 'ACCESS SHARE', behind: 'on' },
  NotifyStmt: 'no lock',
  SecLabelStmt: 'no lock',
  VariableShowStmt: 'no lock',
};

/** The rules for tables, columns and indexes do not know them, but they are known to block nobody. H75. */
export const otherStatement: Rule = {
  id,
  title: 'What is known to change only the catalog runs as it is',
  judge({ sql, change }, context) {
    const lock = change.kind === 'other' ? HARMLESS[change.statement] : undefined;
    if (lock === undefined) {
      return undefined;
    }
    if (change.kind === 'other' && change.statement === 'AlterSeqStmt') {
      return online({ sql, rule: id, locks: locksOnNamed(ownerOf(sql), 'ACCESS SHARE', context) });
    }
    const locks = lock === 'no lock' ? [] : locksOnNamed(tablesBehind(sql, lock.behind), lock.mode, context);
    return online({ sql, rule: id, locks });
  },
};

/** `alter sequence s owned by "school"."users"."id"`: the table in front of the column. */
function ownerOf(sql: string): ObjectName[] {
  const tokens = readTokens(sql);
  const at = indexOfWords(tokens, 'owned by');
  const column = tokens.findLastIndex(({ text }, index) => index > at && text === '.');
  return at < 0 || column < 0 ? [] : [readObjectName(tokens.slice(at + 2, column))];
}

/** `grant … on [table] a, b to …`: a name of something else is no table of the database, and goes unnoticed. */
function tablesBehind(sql: string, word: string): ObjectName[] {
  const tokens = readTokens(sql);
  const start = indexOfWords(tokens, word) + 1;
  const names = tokens.slice(tokens[start]?.word === 'table' ? start + 1 : start);
  return start === 0 || names.length === 0 ? [] : splitAtCommas(names).map(readObjectName);
}
