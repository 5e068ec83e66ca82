/** Names, types and expressions in the parser's tree. */
import type { Node, RangeVar, TypeName } from '@pgsql/types';
import { Deparser } from 'pgsql-deparser';
import type { Expression, ObjectName } from './change.ts';

export function nameOfRelation(relation: RangeVar | undefined): ObjectName {
  const { schemaname: schema, relname: name = '' } = relation ?? {};
  return schema === undefined ? { name } : { schema, name };
}

/** A qualified name as the parser gives it: a list of one to three strings. */
export function nameFromList(nodes: readonly Node[] = []): ObjectName {
  const parts = stringsOf(nodes);
  const name = parts.at(-1) ?? '';
  const schema = parts.at(-2);
  return schema === undefined ? { name } : { schema, name };
}

/** The name in whatever node `drop` and `comment` carry it. */
export function nameFromNode(node: Node | undefined): ObjectName {
  if (!node) {
    return { name: '' };
  }
  if ('List' in node) {
    return nameFromList(node.List.items);
  }
  if ('TypeName' in node) {
    return nameFromList(node.TypeName.names);
  }
  return 'ObjectWithArgs' in node ? nameFromList(node.ObjectWithArgs.objname) : nameFromList([node]);
}

export function stringsOf(nodes: readonly Node[] = []): string[] {
  return nodes.flatMap(node => ('String' in node ? [node.String.sval ?? ''] : []));
}

export function renderType(type: TypeName | undefined): string {
  return type ? render({ TypeName: type }) : '';
}

export function readExpression(node: Node): Expression {
  const functions: ObjectName[] = [];
  const columns = new Set<string>();
  let hasSubquery = false;
  visit(node, found => {
    if ('FuncCall' in found) {
      functions.push(nameFromList(found.FuncCall.funcname));
    } else if ('ColumnRef' in found) {
      columns.add(stringsOf(found.ColumnRef.fields).at(-1) ?? '*');
    } else if ('SQLValueFunction' in found) {
      // current_timestamp and its relatives: all stable. https://www.postgresql.org/docs/current/functions-datetime.html
      functions.push({ schema: 'pg_catalog', name: 'now' });
    } else if ('SubLink' in found) {
      hasSubquery = true;
    }
  });
  const isNull = 'A_Const' in node && Boolean(node.A_Const.isnull);
  return { sql: render(node), functions, columns: [...columns], isNull, hasSubquery };
}

function render(node: Node): string {
  return Deparser.deparse(node, { pretty: false });
}

/** Calls `found` for `node` and every node below it. */
function visit(node: unknown, found: (node: Node) => void): void {
  if (Array.isArray(node)) {
    for (const item of node) {
      visit(item, found);
    }
  } else if (typeof node === 'object' && node !== null) {
    found(node as Node);
    visit(Object.values(node), found);
  }
}
