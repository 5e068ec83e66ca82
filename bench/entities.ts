/** Entities to measure with, as the text of their modules: with one column more, they are a change. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../test/support/project.ts';

export interface EntityModules {
  /** Writes all modules into the project; its configuration imports `entities/index.ts`. */
  write(directory: string): Promise<void>;
  /** Writes them anew with a nullable column of that name. */
  addColumn(directory: string, column: string): Promise<void>;
}

/** Those of this repository. */
export const sunschool: EntityModules = {
  write: directory => cp(join(repository, 'entities'), join(directory, 'entities'), { recursive: true }),
  addColumn: async (directory, column) => {
    const source = await readFile(join(repository, 'entities/lesson.ts'), 'utf8');
    await writeFile(
      join(directory, 'entities/lesson.ts'),
      replaceOnce(source, 'properties: {', `properties: {\n    ${column}: p.text().nullable(),`),
    );
  },
};

/** Tables with the columns, indexes and foreign keys that tables have. */
export function generated(tables: number): EntityModules {
  const write = (directory: string, more: string): Promise<void> =>
    writeFile(join(directory, 'entities/index.ts'), renderTables(tables, more));
  return {
    write: directory => write(directory, ''),
    addColumn: (directory, column) => write(directory, `${column}: p.text().nullable(),`),
  };
}

function renderTables(tables: number, more: string): string {
  const entities = Array.from({ length: tables }, (_, index) => renderTable(index, index === tables - 1 ? more : ''));
  return `import { defineEntity, p } from '@mikro-orm/core';\n${entities.join('')}`;
}

function renderTable(index: number, more: string): string {
  const parent = index === 0 ? '' : `parent: () => p.manyToOne(Table${index - 1}).nullable().index(),`;
  return `
export const Table${index} = defineEntity({
  name: 'Table${index}',
  tableName: 'table_${index}',
  properties: {
    id: p.integer().primary().autoincrement(),
    code: p.string().length(40).unique(),
    title: p.text(),
    amount: p.decimal().precision(10).scale(2).default(0),
    isActive: p.boolean().default(true),
    kind: p.enum(['first', 'second']),
    createdAt: p.datetime().defaultRaw('now()').index(),
    ${parent}
    ${more}
  },
});
`;
}

function replaceOnce(text: string, from: string, to: string): string {
  if (text.split(from).length !== 2) {
    throw new Error(`The entity does not have ${JSON.stringify(from)} once: the bench has to follow it.`);
  }
  return text.replace(from, () => to);
}
