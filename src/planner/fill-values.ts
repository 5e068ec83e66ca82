/** What a person says a column is to be filled with: an SQL expression, and nothing besides. */
import { SettingsError } from '../errors.ts';
import type { Operation } from '../rules/rule.ts';
import type { Decisions } from './decisions.ts';
import { operationsOf } from './operations.ts';

export interface FillValue {
  /** It can be a default, as constants and calls without a column can; an expression over the row and a subquery cannot. */
  readonly isConstant: boolean;
  /** Those that it reads. */
  readonly columns: readonly string[];
}

/**
 * @returns what is to know of each value.
 * @throws SettingsError for a value that PostgreSQL's parser does not take for one expression, and for null.
 */
export async function readFillValues({ fills }: Decisions): Promise<ReadonlyMap<string, FillValue>> {
  const values = new Map<string, FillValue>();
  for (const [path, value] of fills) {
    const read = await readValue(value);
    if ('fault' in read) {
      throw noExpression(`${path}=${value}`, read.fault);
    }
    values.set(value, read);
  }
  return values;
}

/** @returns why `value` is not one SQL expression that a column can be filled with; undefined where it may be. */
export async function findFillFault(value: string): Promise<string | undefined> {
  const read = await readValue(value);
  return 'fault' in read ? read.fault : undefined;
}

async function readValue(value: string): Promise<{ readonly fault: string } | FillValue> {
  const operations = await operationsOf(`alter table t alter column c set default ${value}`).catch(
    (error: Error) => error,
  );
  if (operations instanceof Error) {
    return { fault: `PostgreSQL's parser says: ${operations.message}.` };
  }
  const expression = readDefault(operations);
  if (expression === undefined) {
    return { fault: 'It is more than one expression.' };
  }
  if (/^\(*null\)*(::.*)?$/i.test(expression.sql)) {
    return { fault: 'The column must not be null, and rows filled with null stay empty.' };
  }
  const { columns, hasSubquery } = expression;
  return { isConstant: columns.length === 0 && !hasSubquery, columns };
}

function readDefault([operation, ...more]: readonly Operation[]) {
  const change = operation?.change;
  return change?.kind === 'alter column' && change.alteration.to === 'set default' && more.length === 0
    ? change.alteration.default
    : undefined;
}

function noExpression(answer: string, happens: string): SettingsError {
  return new SettingsError({
    title: 'An answer is no value that a column can be filled with',
    subject: `--fill ${answer}`,
    happens,
    hurts: 'The migration would stop half-way, with the column there and its rows empty.',
    remedy: [
      'one SQL expression, a text in quotation marks of its own:  --fill users.locale="\'en\'"',
      'over other columns of the row:  --fill "users.locale=lower(country)"',
    ],
    left: 'Nothing was written.',
  });
}
