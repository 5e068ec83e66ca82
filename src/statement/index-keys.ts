import type { Node } from '@pgsql/types';
import { type ObjectName, quoteIdentifier } from './change.ts';
import { nameOfRelation } from './nodes.ts';
import { loadParser } from './parser.ts';

export interface UniqueIndex {
  readonly table: ObjectName;
  readonly index: string;
  /** SQL expressions over the row. */
  readonly keys: readonly string[];
  /** Of a partial index: which rows it holds. */
  readonly where?: string;
  readonly nullsNotDistinct: boolean;
}

/** What a `create unique index` makes unique. @returns undefined for any other statement. */
export async function readUniqueIndex(sql: string): Promise<UniqueIndex | undefined> {
  const { parse } = await loadParser();
  const { stmts = [] } = await parse(sql);
  const node = stmts[0]?.stmt as Node | undefined;
  if (!node || !('IndexStmt' in node) || !node.IndexStmt.unique) {
    return undefined;
  }
  const { Deparser } = await import('pgsql-deparser');
  const render = (expression: Node): string => Deparser.deparse(expression, { pretty: false });
  const { relation, idxname = '', indexParams = [], whereClause, nulls_not_distinct = false } = node.IndexStmt;
  const keys = indexParams.flatMap(param => {
    const element = 'IndexElem' in param ? param.IndexElem : {};
    return element.name ? [quoteIdentifier(element.name)] : element.expr ? [`(${render(element.expr)})`] : [];
  });
  return {
    table: nameOfRelation(relation),
    index: idxname,
    keys,
    nullsNotDistinct: nulls_not_distinct,
    ...(whereClause ? { where: render(whereClause) } : {}),
  };
}
