import type { TableFacts } from '../catalog/facts.ts';
import { constraintName } from '../catalog/generated-names.ts';
import { type ChangeOf, type ObjectName, quoteIdentifier } from '../statement/change.ts';
import { isNotEnforced, locksOn, readAlterTableText, readConstraintText, shown } from './alter-table.ts';
import { findTable, isEmptyTable, online, type Rule, type RuleContext, step, type Verdict } from './rule.ts';

const id = 'foreign-key-not-valid';

/**
 * A foreign key locks both tables against writes: `not valid` for a moment, without for as long as it reads both. H12, H25, H26,
 * H30, H31.
 */
export const foreignKeyNotValid: Rule = {
  id,
  title: 'A foreign key of an existing table is added not valid, then validated',
  judge({ sql, change }, context) {
    if (change.kind !== 'add constraint' || change.definition.type !== 'foreign key') {
      return undefined;
    }
    const { table, definition } = change;
    const parent = definition.references?.table ?? table;
    const facts = findTable(table, context);
    const locks = locksOn([table, parent], 'SHARE ROW EXCLUSIVE', context);
    if (isNotEnforced(sql)) {
      const hazards = [`PostgreSQL never checks it: neither the rows of ${shown(table)} nor new ones.`];
      return online({ sql, rule: id, locks, hazards });
    }
    if (facts?.kind === 'partitioned' && context.facts.version < 18) {
      return isEmptyTable(table, context)
        ? online({ sql, rule: id, locks })
        : refusePartitioned(change, parent, context);
    }
    const hazards = advice(facts, definition.columns, { table, parent });
    if (definition.notValid) {
      return online({ sql, rule: id, locks, hazards });
    }
    return replacement({ sql, change, parent, hazards }, context);
  },
};

interface Parts {
  readonly sql: string;
  readonly change: ChangeOf<'add constraint'>;
  readonly parent: ObjectName;
  readonly hazards: readonly string[];
}

function replacement({ sql, change, parent, hazards }: Parts, context: RuleContext): Verdict {
  const { table, definition } = change;
  const name = constraintName(definition, table, context.facts);
  const { head } = readAlterTableText(sql, table);
  const constraint = quoteIdentifier(name);
  return {
    kind: 'replace',
    happens: `PostgreSQL holds a SHARE ROW EXCLUSIVE lock on ${shown(table)} and ${shown(parent)} while it looks up the parent of every row.`,
    hurts: 'Every insert, update and delete on both tables waits until it has looked up the last one.',
    steps: [
      step({
        sql: `${head} add constraint ${constraint} ${readConstraintText(sql, table)} not valid`,
        rule: id,
        locks: locksOn([table, parent], 'SHARE ROW EXCLUSIVE', context),
        hazards,
      }),
      step({
        sql: `${head} validate constraint ${constraint}`,
        rule: id,
        locks: validationLocks(table, parent, context),
        transactional: false,
        scans: true,
        hazards: [`It fails when a row of ${shown(table)} has no parent in ${shown(parent)}; nothing is changed then.`],
      }),
    ],
  };
}

/** The stronger lock wins where a table refers to itself. */
function validationLocks(table: ObjectName, parent: ObjectName, context: RuleContext) {
  const own = locksOn([table], 'SHARE UPDATE EXCLUSIVE', context);
  const others = locksOn([parent], 'ROW SHARE', context).filter(lock => lock.table !== own[0]?.table);
  return [...own, ...others];
}

/** https://www.postgresql.org/docs/17/sql-altertable.html: not valid foreign keys of partitioned tables came with 18. H30. */
function refusePartitioned({ table }: ChangeOf<'add constraint'>, parent: ObjectName, { facts }: RuleContext): Verdict {
  return {
    kind: 'refuse',
    happens: `${shown(table)} is partitioned, and PostgreSQL ${facts.version} adds no foreign key to it without looking up every row.`,
    hurts: `Every insert, update and delete on ${shown(table)}, its partitions and ${shown(parent)} waits until it has looked up the last one.`,
    remedy: [
      'for each partition: alter table … add constraint … foreign key … not valid, then alter table … validate constraint …;',
      'then this statement within assumeSafe: PostgreSQL takes over the validated keys of the partitions and reads nothing.',
    ],
  };
}

/** Advice, never an index: only an entity can say that there is to be one. H12. */
function advice(
  facts: TableFacts | undefined,
  columns: readonly string[],
  { table, parent }: { readonly table: ObjectName; readonly parent: ObjectName },
): string[] {
  const indexes = Object.values(facts?.indexes ?? {});
  const isCovered = indexes.some(
    index =>
      index.isValid &&
      !/ where /i.test(index.definition) &&
      index.columns.slice(0, columns.length).every(column => columns.includes(column)) &&
      index.columns.length >= columns.length,
  );
  const names = columns.map(column => `"${column}"`).join(', ');
  return isCovered
    ? []
    : [
        `No index leads with ${names}: each delete in ${shown(parent)}, or update of its key, reads all of ${shown(table)}.`,
      ];
}
