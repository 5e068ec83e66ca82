/** The history of this repository, and the same statements as migrations of stock MikroORM. */
import { cp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OnlineMigration } from '../src/index.ts';
import { repository } from '../test/support/project.ts';
import type { Side } from './projects.ts';

const MIGRATIONS = join(repository, 'migrations');

export async function writeHistory(side: Side, directory: string): Promise<void> {
  if (side === 'ours') {
    await cp(MIGRATIONS, join(directory, 'migrations'), { recursive: true });
    return;
  }
  for (const file of (await readdir(MIGRATIONS)).filter(name => name.endsWith('.ts'))) {
    await writeFile(join(directory, 'migrations', file), renderStock(await readStatements(file)));
  }
}

async function readStatements(file: string): Promise<string[]> {
  const [MigrationClass] = Object.values(await import(join(MIGRATIONS, file))) as [
    new (...context: undefined[]) => OnlineMigration,
  ];
  const migration = new MigrationClass();
  await migration.up();
  return migration.listed().map(({ sql }) => sql);
}

function renderStock(statements: readonly string[]): string {
  const isTransactional = !statements.some(sql => /\bconcurrently\b/i.test(sql));
  return `import { Migration } from '@mikro-orm/migrations';

export class Stock extends Migration {
  override isTransactional(): boolean {
    return ${isTransactional};
  }

  override up(): void {
${statements.map(sql => `    this.addSql(${JSON.stringify(sql)});`).join('\n')}
  }
}
`;
}
