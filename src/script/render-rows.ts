/** Looks at the rows before a migration changes anything, as the runner does. Pure. */
import { escapeLiteral } from 'pg';
import type { RowPromise } from '../runner/rows/promise.ts';
import { doBlock } from './render-sql.ts';

export function renderRowCheck({ table, what, sql }: RowPromise, { limitMs }: { readonly limitMs: number }): string {
  const query = sql.replace(/\s+/g, ' ').trim();
  return [
    `set statement_timeout = ${limitMs};`,
    doBlock(
      'rows',
      `declare
  found bigint;
begin
  select count(*) into found from (${sql}
  ) as "found";
  if found > 0 then
    raise exception ${escapeLiteral(`% rows of ${table} do not fit ${what}`.replaceAll('%', '%%').replace('%%', '%'))}, found
      using hint = ${escapeLiteral(`Nothing of this migration was run. Look at them: ${query}`)};
  end if;
exception
  when query_canceled or lock_not_available then
    raise notice ${escapeLiteral(`looked at the rows of ${table} for ${what}, not at all of them; goes on`.replaceAll('%', '%%'))};
  when undefined_table or undefined_column or undefined_object or data_exception then
    null;
end`,
    ),
    'set statement_timeout = 0;',
  ].join('\n');
}
