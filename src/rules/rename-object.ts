import type { TableLock } from '../plan/plan.ts';
import { readTokens } from '../statement/tokens.ts';
import { online, type Rule, type RuleContext } from './rule.ts';
import { indexOfWords, locksOnNamed, readObjectName } from './words.ts';

const id = 'rename-object';

/** What a statement of an application can name, as PostgreSQL's parser calls it. */
const NAMED: Readonly<Record<string, string>> = {
  'RenameStmt OBJECT_VIEW': 'view',
  'RenameStmt OBJECT_MATVIEW': 'materialized view',
  'RenameStmt OBJECT_FOREIGN_TABLE': 'foreign table',
  'RenameStmt OBJECT_SEQUENCE': 'sequence',
  'RenameStmt OBJECT_TYPE': 'type',
  'RenameStmt OBJECT_DOMAIN': 'domain',
  'RenameStmt OBJECT_ATTRIBUTE': 'attribute',
  'RenameStmt OBJECT_FUNCTION': 'function',
  'RenameStmt OBJECT_PROCEDURE': 'procedure',
  'RenameStmt OBJECT_ROUTINE': 'routine',
  'RenameStmt OBJECT_AGGREGATE': 'aggregate',
  'RenameStmt OBJECT_SCHEMA': 'schema',
  'RenameStmt OBJECT_DATABASE': 'database',
  'RenameStmt OBJECT_ROLE': 'role',
  AlterObjectSchemaStmt: 'object, into another schema,',
};

const HARMLESS = [
  'RenameStmt OBJECT_TRIGGER',
  'RenameStmt OBJECT_POLICY',
  'RenameStmt OBJECT_DOMCONSTRAINT',
  'RenameStmt OBJECT_STATISTIC_EXT',
];

/** Other names: instant for PostgreSQL, and only some of them are named by statements of an application. H46. */
export const renameObject: Rule = {
  id,
  title: 'What a running release may name is not renamed or moved to another schema',
  judge({ sql, change }, context) {
    if (change.kind !== 'other') {
      return undefined;
    }
    if (HARMLESS.includes(change.statement)) {
      return online({ sql, rule: id, locks: locksOf(sql, context) });
    }
    const what = NAMED[change.statement];
    return what === undefined
      ? undefined
      : {
          kind: 'refuse',
          happens: `From that moment on there is no ${what} of the old name.`,
          hurts: 'Every statement of the running release that names it fails until the new release is everywhere.',
          remedy: [
            'expand: create it under the new name beside the old one; contract: drop the old one after the release;',
            'where no running release uses it: this statement within assumeSafe, with that reason',
          ],
        };
  },
};

/** `alter trigger … on "t" rename to …`; the others name no table. */
function locksOf(sql: string, context: RuleContext): TableLock[] {
  const tokens = readTokens(sql);
  const at = indexOfWords(tokens, 'on');
  return at < 0 ? [] : locksOnNamed([readObjectName(tokens.slice(at + 1))], 'ACCESS EXCLUSIVE', context);
}
