import type { Step } from '../plan/plan.ts';
import { type ChangeOf, quoteIdentifier, quoteName, renderName } from '../statement/change.ts';
import { refuseColumn } from './add-column-refusals.ts';
import { isVolatile, locksOn, readAlterTableText, shown } from './alter-table.ts';
import { type ColumnClause, readColumnText } from './column-clauses.ts';
import { after, inlineConstraints, isInlineConstraint } from './inline-constraints.ts';
import { notNullSteps } from './not-null.ts';
import { findColumn, online, type Rule, type RuleContext, step, type Verdict } from './rule.ts';

const id = 'add-column';

type AddColumn = ChangeOf<'add column'>;

/**
 * A new column is a change of the catalog alone when every old row can have the same value; whatever would write or read the rows is
 * taken out of the statement. H20, H32, H33, H34, H35, H36.
 */
export const addColumn: Rule = {
  id,
  title: 'A new column of an existing table neither writes nor reads its rows',
  judge({ sql, change }, context) {
    if (change.kind !== 'add column') {
      return undefined;
    }
    const { table, definition } = change;
    const locks = locksOn([table], 'ACCESS EXCLUSIVE', context);
    if (change.ifNotExists && findColumn(table, change.column, context)) {
      return online({ sql, rule: id, locks });
    }
    const refusal = refuseColumn(change, context);
    if (refusal) {
      return refusal;
    }
    const rewrites = isVolatile(definition.default, context);
    if (!rewrites && !needsProof(change) && definition.constraints.length === 0) {
      return online({ sql, rule: id, locks });
    }
    const verdict = takeApart({ sql, change, rewrites }, context);
    return Array.isArray(verdict) ? replacement(change, { rewrites, steps: verdict }) : verdict;
  },
};

interface Parts {
  readonly sql: string;
  readonly change: AddColumn;
  /** The default is volatile: every row has a value of its own. */
  readonly rewrites: boolean;
}

/** The bare column, its values, then its constraints: none of them before the backfill (H21). */
function takeApart({ sql, change, rewrites }: Parts, context: RuleContext): Step[] | Verdict {
  const { table, column, definition } = change;
  const { head } = readAlterTableText(sql, table);
  const { type, clauses } = readColumnText(sql, table);
  const isProvenLater = rewrites || needsProof(change);
  const kept = clauses.filter(({ kind }) => stays(kind, { rewrites, isProvenLater })).map(renderClause);
  const name = quoteIdentifier(column);
  const locks = locksOn([table], 'ACCESS EXCLUSIVE', context);
  const steps = [
    step({ sql: [head, 'add column if not exists', name, type, ...kept].join(' '), rule: id, locks }),
    ...(rewrites ? valueSteps({ sql, change, rewrites }, context) : []),
  ];
  const isKey = definition.constraints.some(constraint => constraint.type === 'primary key');
  const proof = clauses.find(({ kind }) => kind === 'not null');
  if (isProvenLater && definition.notNull && !isKey) {
    steps.push(...notNullSteps({ table, column, head, ...(proof?.name ? { name: proof.name } : {}) }, context));
  }
  const notNull = definition.notNull && !isProvenLater && !isKey;
  const bare = { ...change, definition: { ...definition, notNull, constraints: [] } };
  const inline = inlineConstraints({ head, change, clauses }, after(bare, context));
  return Array.isArray(inline) ? [...steps, ...inline] : inline;
}

function stays(kind: string, options: { readonly rewrites: boolean; readonly isProvenLater: boolean }): boolean {
  switch (kind) {
    case 'default':
      return !options.rewrites;
    case 'not null':
      return !options.isProvenLater;
    default:
      return !isInlineConstraint(kind);
  }
}

function renderClause({ name, text }: ColumnClause): string {
  return name === undefined ? text : `constraint ${quoteIdentifier(name)} ${text}`;
}

/** Rows inserted from the second step on have their value; the backfill gives the others theirs. */
function valueSteps({ sql, change }: Parts, context: RuleContext): Step[] {
  const { table, column } = change;
  const { head } = readAlterTableText(sql, table);
  const text = readColumnText(sql, table).clauses.find(({ kind }) => kind === 'default')?.text ?? '';
  const value = text.replace(/^default\s+/i, '');
  const name = quoteIdentifier(column);
  return [
    step({
      sql: `${head} alter column ${name} set default ${value}`,
      rule: id,
      locks: locksOn([table], 'ACCESS EXCLUSIVE', context),
    }),
    step({
      kind: 'backfill',
      phase: 'backfill',
      sql: `update ${quoteName(table)} set ${name} = ${value} where ${name} is null`,
      backfill: { table: renderName(table), set: { [column]: value }, where: `${name} is null` },
      rule: id,
      locks: locksOn([table], 'ROW EXCLUSIVE', context),
      transactional: false,
      scans: true,
    }),
  ];
}

/** PostgreSQL computes a virtual column row by row to see that it holds no null. */
function needsProof({ definition }: AddColumn): boolean {
  return definition.notNull && definition.generated === 'virtual';
}

function replacement(
  { table, column }: AddColumn,
  { rewrites, steps }: { readonly rewrites: boolean; readonly steps: readonly Step[] },
): Verdict {
  const name = shown(table);
  return {
    kind: 'replace',
    happens: rewrites
      ? `PostgreSQL writes all of ${name} anew under an ACCESS EXCLUSIVE lock, since each row gets a value of its own.`
      : `PostgreSQL holds an ACCESS EXCLUSIVE lock on ${name} while it checks "${column}" or builds its index.`,
    hurts: `Every read and write of ${name} waits until it is done with the last row.`,
    steps,
  };
}
