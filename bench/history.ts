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

/** A thousand migrations of one statement each. */
export async function writeThousand(side: Side, directory: string): Promise<void> {
  for (let number = 0; number < 1000; number++) {
    const name = `${String(number).padStart(4, '0')}_t`;
    const sql = number % 2 === 0 ? `create table t${number} (n int)` : `alter table t${number - 1} add column c int`;
    const source = side === 'stock' ? renderStock([sql]) : renderOurs(name, sql);
    await writeFile(join(directory, 'migrations', `${name}.ts`), source);
  }
}

function renderOurs(name: string, sql: string): string {
  return `import { OnlineMigration } from '${repository}/src/index.ts';

export class Ours extends OnlineMigration {
  override readonly name = '${name}';

  override up(): void {
    this.addSql(${JSON.stringify(sql)});
  }

  override down(): void {}
}
`;
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
