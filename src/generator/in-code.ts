/** A rename that the database does not need to know of: what to type in the entity. */
import { RefusedError } from '../errors.ts';
import type { Decisions } from '../planner/decisions.ts';

/** Where the entities describe something. */
export interface InCode {
  readonly entity: string;
  /** Of a column. */
  readonly property?: string;
}

/**
 * @param options.findInCode of a table or column under its new name.
 * @throws RefusedError (exit code 2) with what to type, where a rename was decided to be one of the code only.
 */
export function assertNoneInCode(
  { renames, inCode }: Decisions,
  { findInCode }: { readonly findInCode?: (table: string, column?: string) => InCode | undefined },
): void {
  if (inCode.size === 0) {
    return;
  }
  const lines = [...inCode].map(name => {
    const to = renames.get(name) ?? '';
    const column = splitColumn(name, renames);
    return column ? typeProperty(column, to, findInCode?.(column.table, to)) : typeTable(name, findInCode?.(to));
  });
  throw new RefusedError({
    title: 'A rename in the code only needs no migration',
    subject: [...inCode].map(name => `${name} is called ${renames.get(name)} in the code`).join('\n'),
    happens: 'The property or class has its new name, and what it stands for keeps its name in the database.',
    remedy: ['Type this in the entity, and nothing is to be migrated:', ...lines, 'Then run the same command again.'],
    left: 'Nothing was written.',
    reference: 'docs/renames.md',
  });
}

/** `users.name`; what is no column of a table is a table, perhaps of another schema. */
function splitColumn(
  name: string,
  renames: Decisions['renames'],
): { readonly table: string; readonly column: string } | undefined {
  const dot = name.lastIndexOf('.');
  const [table, column] = [name.slice(0, dot), name.slice(dot + 1)];
  return dot < 0 ? undefined : { table: renames.get(table) ?? table, column };
}

function typeProperty({ table, column }: { table: string; column: string }, to: string, found?: InCode): string {
  const where = found?.property ? `in ${found.entity}, ${found.property}` : `the property of ${table}.${to}`;
  return `${where}: add .fieldName('${column}') to it (with decorators: fieldName: '${column}')`;
}

function typeTable(name: string, found?: InCode): string {
  return `${found ? `in ${found.entity}` : `in the entity of ${name}`}: tableName: '${name}'`;
}
