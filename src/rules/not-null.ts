import { constraintName } from '../catalog/generated-names.ts';
import type { Step } from '../plan/plan.ts';
import { type Change, type ObjectName, quoteIdentifier } from '../statement/change.ts';
import { isProvenNotNull, locksOn, readAlterTableText, shown } from './alter-table.ts';
import { findTable, online, type Rule, type RuleContext, step } from './rule.ts';

const id = 'not-null';

interface Target {
  readonly table: ObjectName;
  readonly column: string;
  /** `alter table …`; that of the plain table when absent. */
  readonly head?: string;
  /** The name that the constraint is to have; PostgreSQL's own when absent. */
  readonly name?: string;
}

/** `set not null` reads the whole table under ACCESS EXCLUSIVE unless the rows are proven before. H22, H23. */
export const notNull: Rule = {
  id,
  title: 'A column of an existing table is proven to hold no null before it becomes not null',
  judge({ sql, change }, context) {
    const target = readTarget(change, sql);
    if (!target) {
      return undefined;
    }
    const { table, column } = target;
    const locks = locksOn([table], 'ACCESS EXCLUSIVE', context);
    if (isNotValid(change) && context.facts.version >= 18) {
      return online({ sql, rule: id, locks, hazards: [rejects(column)] });
    }
    if (isProvenNotNull(findTable(table, context), column)) {
      return online({ sql, rule: id, locks });
    }
    return {
      kind: 'replace',
      happens: `PostgreSQL reads all of ${shown(table)} under an ACCESS EXCLUSIVE lock to see that "${column}" holds no null.`,
      hurts: `Every read and write of ${shown(table)} waits until it has read the last row.`,
      steps: notNullSteps(target, context),
    };
  },
};

/** The steps after which `column` is not null; none of them reads the table under a lock that anybody waits for. */
export function notNullSteps(target: Target, context: RuleContext): Step[] {
  const { table, column, head = readAlterTableText('', table).head } = target;
  const unfinished = findUnvalidated(target, context);
  if (unfinished !== undefined) {
    return [validateStep(head, unfinished, target, context)];
  }
  const locks = locksOn([table], 'ACCESS EXCLUSIVE', context);
  const own = {
    name: target.name ?? '',
    type: 'not null',
    columns: [column],
    notValid: true,
    notEnforced: false,
  } as const;
  const name = constraintName(own, table, context.facts);
  const [constraint, quoted] = [quoteIdentifier(name), quoteIdentifier(column)];
  const hazards = [rejects(column)];
  if (context.facts.version >= 18) {
    const add = `${head} add constraint ${constraint} not null ${quoted} not valid`;
    return [step({ sql: add, rule: id, locks, hazards }), validateStep(head, name, target, context)];
  }
  const add = `${head} add constraint ${constraint} check (${quoted} is not null) not valid`;
  return [
    step({ sql: add, rule: id, locks, hazards }),
    validateStep(head, name, target, context),
    step({ sql: `${head} alter column ${quoted} set not null`, rule: id, locks }),
    step({ sql: `${head} drop constraint if exists ${constraint}`, rule: id, locks }),
  ];
}

function readTarget(change: Change, sql: string): Target | undefined {
  if (change.kind === 'alter column' && change.alteration.to === 'set not null') {
    return { table: change.table, column: change.column, head: readAlterTableText(sql, change.table).head };
  }
  if (change.kind === 'add constraint' && change.definition.type === 'not null') {
    const { table, constraint: name, definition } = change;
    return { table, column: definition.columns[0] ?? '', name, head: readAlterTableText(sql, table).head };
  }
  return undefined;
}

function isNotValid(change: Change): boolean {
  return change.kind === 'add constraint' && change.definition.notValid;
}

/** PostgreSQL 18: `set not null` over one of these would read the table under ACCESS EXCLUSIVE (H23). */
function findUnvalidated({ table, column }: Target, context: RuleContext): string | undefined {
  const constraints = Object.entries(findTable(table, context)?.constraints ?? {});
  return constraints.find(
    ([, { type, columns, isValidated }]) => type === 'not null' && !isValidated && columns.includes(column),
  )?.[0];
}

function validateStep(head: string, name: string, { table, column }: Target, context: RuleContext): Step {
  return step({
    sql: `${head} validate constraint ${quoteIdentifier(name)}`,
    rule: id,
    locks: locksOn([table], 'SHARE UPDATE EXCLUSIVE', context),
    transactional: false,
    scans: true,
    hazards: [`It fails when a row of ${shown(table)} has no "${column}"; nothing is changed then.`],
  });
}

/** H21 */
function rejects(column: string): string {
  return `From here on a write that leaves "${column}" null fails, and so does any update of an old row that has none.`;
}
