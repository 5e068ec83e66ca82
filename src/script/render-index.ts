/** What has to be looked at around a concurrent index build: `if not exists` takes an invalid left-over for a success. H03. Pure. */
import { escapeLiteral } from 'pg';
import { quoteIdentifier, quoteName } from '../statement/change.ts';
import { doBlock } from './render-sql.ts';
import type { IndexBuild } from './script.ts';

/** In front of it: there is none of that name. */
export function renderIndexGuard({ index, table }: IndexBuild): string {
  return doBlock(
    'index',
    `begin
  if exists (${findIndex({ index, table })}) then
    raise exception ${text(`There is an index "${index}" already`)}
      using hint = ${escapeLiteral(`A build that failed leaves an invalid one: drop index concurrently ${quoteIdentifier(index)}. npm run migrate tells a valid one of the same definition from another, and goes on.`)};
  end if;
end`,
  );
}

/** Behind it: it is there, and valid. */
export function renderIndexCheck({ index, table }: IndexBuild): string {
  return doBlock(
    'index',
    `begin
  if not exists (${findIndex({ index, table })} and x.indisvalid and x.indisready) then
    raise exception ${text(`The index "${index}" is not valid`)} using hint = 'npm run migrate builds it anew, and goes on.';
  end if;
end`,
  );
}

/** An index lives in the schema of its table. */
function findIndex({ index, table }: IndexBuild): string {
  return `select from pg_class i join pg_index x on x.indexrelid = i.oid
      where i.relname = ${escapeLiteral(index)}
        and i.relnamespace = (select relnamespace from pg_class where oid = to_regclass(${escapeLiteral(quoteName(table))}))`;
}

/** `raise` takes a per cent sign for a place to fill. */
function text(message: string): string {
  return escapeLiteral(message.replaceAll('%', '%%'));
}
