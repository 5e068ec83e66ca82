/** The way back to a shorter type, which must not lose a part of a value without a word. Pure. */
import { isPlainCast } from '../rules/column-type.ts';
import type { Operation } from '../rules/rule.ts';

/** Types to which an explicit cast cuts what is too long, where an assignment fails. */
const CUT = /^(?:character varying|varchar|character|char|bpchar|bit varying|varbit|bit)\s*\(/i;

/**
 * MikroORM writes `using ("code"::varchar(10))`, which cuts a longer value; without it PostgreSQL reports the value and changes nothing.
 * https://www.postgresql.org/docs/current/datatype-character.html
 */
export function withoutSilentCuts(operations: readonly Operation[]): Operation[] {
  return operations.map(operation => {
    const { sql, change } = operation;
    if (change.kind !== 'alter column' || change.alteration.to !== 'type' || !change.alteration.using) {
      return operation;
    }
    const { type } = change.alteration;
    return CUT.test(type) && isPlainCast(change.alteration, change.column)
      ? {
          sql: sql.replace(/\s+using\s+\(.*\)\s*;?\s*$/is, ''),
          change: { ...change, alteration: { to: 'type', type } },
        }
      : operation;
  });
}
