/** All rules, in the order in which they are asked: the first that has a verdict decides. */

import { addColumn } from './add-column.ts';
import { checkNotValid } from './check-not-valid.ts';
import { columnDefault } from './column-default.ts';
import { columnIdentity } from './column-identity.ts';
import { columnType } from './column-type.ts';
import { comment } from './comment.ts';
import { createTableAs } from './create-table-as.ts';
import { createType } from './create-type.ts';
import { domain } from './domain.ts';
import { dropColumn } from './drop-column.ts';
import { dropConstraint } from './drop-constraint.ts';
import { dropIndexConcurrently } from './drop-index-concurrently.ts';
import { dropNotNull } from './drop-not-null.ts';
import { dropRoutine } from './drop-routine.ts';
import { dropSchema } from './drop-schema.ts';
import { dropTable } from './drop-table.ts';
import { dropType } from './drop-type.ts';
import { dropView } from './drop-view.ts';
import { enumAddValue } from './enum-add-value.ts';
import { excludeConstraint } from './exclude-constraint.ts';
import { foreignKeyNotValid } from './foreign-key-not-valid.ts';
import { generatedColumn } from './generated-column.ts';
import { indexConcurrently } from './index-concurrently.ts';
import { inherit } from './inherit.ts';
import { insert } from './insert.ts';
import { lockTable } from './lock-table.ts';
import { newTable } from './new-table.ts';
import { notNull } from './not-null.ts';
import { otherStatement } from './other-statement.ts';
import { partition } from './partition.ts';
import { partitionOf } from './partition-of.ts';
import { policy } from './policy.ts';
import { reindexConcurrently } from './reindex-concurrently.ts';
import { renameColumn } from './rename-column.ts';
import { renameConstraint } from './rename-constraint.ts';
import { renameEnumValue } from './rename-enum-value.ts';
import { renameIndex } from './rename-index.ts';
import { renameObject } from './rename-object.ts';
import { renameTable } from './rename-table.ts';
import { routine } from './routine.ts';
import type { Operation, Rule, RuleContext, Verdict } from './rule.ts';
import { select } from './select.ts';
import { setLogged } from './set-logged.ts';
import { storageSettings } from './storage-settings.ts';
import { swap } from './swap.ts';
import { tableOptions } from './table-options.ts';
import { transactionControl } from './transaction-control.ts';
import { trigger } from './trigger.ts';
import { truncate } from './truncate.ts';
import { unboundedWrite } from './unbounded-write.ts';
import { uniqueConstraint } from './unique-constraint.ts';
import { unknownStatement } from './unknown-statement.ts';
import { vacuumFull } from './vacuum-full.ts';
import { validateConstraint } from './validate-constraint.ts';
import { view } from './view.ts';

export const rules: readonly Rule[] = [
  newTable,
  swap,
  indexConcurrently,
  dropIndexConcurrently,
  reindexConcurrently,
  comment,
  storageSettings,
  columnIdentity,
  generatedColumn,
  addColumn,
  columnDefault,
  dropNotNull,
  notNull,
  checkNotValid,
  foreignKeyNotValid,
  validateConstraint,
  excludeConstraint,
  uniqueConstraint,
  dropTable,
  dropColumn,
  dropConstraint,
  dropType,
  dropView,
  dropRoutine,
  enumAddValue,
  createType,
  columnType,
  renameColumn,
  renameTable,
  renameIndex,
  renameConstraint,
  renameEnumValue,
  renameObject,
  unboundedWrite,
  insert,
  select,
  truncate,
  lockTable,
  createTableAs,
  vacuumFull,
  setLogged,
  tableOptions,
  trigger,
  policy,
  view,
  routine,
  domain,
  dropSchema,
  partitionOf,
  partition,
  inherit,
  transactionControl,
  otherStatement,
  unknownStatement,
];

/** The verdict on one operation, and the rule that gave it. */
export function judge(operation: Operation, context: RuleContext): Verdict & { readonly rule: string } {
  for (const rule of rules) {
    const verdict = rule.judge(operation, context);
    if (verdict) {
      return { ...verdict, rule: rule.id };
    }
  }
  throw new Error('The last rule has to decide everything');
}
