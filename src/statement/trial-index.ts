import type { Node } from '@pgsql/types';
import { loadParser } from './parser.ts';

/**
 * `create index concurrently … on school.lessons` as it can be tried on an empty table of the same name: not concurrently, and
 * without the schema.
 * @returns undefined for a statement that is none.
 */
export async function renderTrialIndex(sql: string): Promise<string | undefined> {
  const { parse } = await loadParser();
  const { Deparser } = await import('pgsql-deparser');
  const { stmts = [] } = await parse(sql);
  const node = stmts[0]?.stmt as Node | undefined;
  if (!node || !('IndexStmt' in node)) {
    return undefined;
  }
  const { concurrent: _, if_not_exists: __, relation = {}, ...index } = node.IndexStmt;
  const { schemaname: ___, ...table } = relation;
  return Deparser.deparse({ IndexStmt: { ...index, relation: table } }, { pretty: false });
}
