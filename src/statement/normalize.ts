/** SQL without what makes no difference to PostgreSQL: for telling an edit from a new layout. Pure. */
import { readTokens } from './tokens.ts';

/**
 * Statements in a form that white space, comments, line ends, the case of keywords and unquoted names, and where one `addSql` ends
 * and the next begins do not change. What stands in quotes is kept as it is: values, quoted names, bodies of functions.
 */
export function normalizeSql(statements: readonly string[]): string {
  return statements
    .flatMap(sql => [...readTokens(sql).map(({ text }) => normalizeToken(text)), ';'])
    .filter((token, index, all) => token !== ';' || (index > 0 && all[index - 1] !== ';'))
    .join(' ');
}

/** PostgreSQL folds the ASCII letters of what is not quoted. */
function normalizeToken(text: string): string {
  return /^[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*$/.test(text)
    ? text.replace(/[A-Z]+/g, letters => letters.toLowerCase())
    : text.replaceAll('\r\n', '\n');
}
