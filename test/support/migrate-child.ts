/** A process that runs `up`, or `down`, of a folder of migrations: for those who kill it. Arguments: URL, folder, method. */
import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import { exitCodeOf } from '../../src/errors.ts';
import { connectionOptions, OnlineMigrator, OnlineSchemaGenerator } from '../../src/index.ts';
import { printError } from '../../src/terminal/terminal.ts';

const [url = '', path = '', method = 'up'] = process.argv.slice(2);
const orm = await MikroORM.init(
  defineConfig({
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [OnlineSchemaGenerator, OnlineMigrator],
    migrations: { path },
    ...(await connectionOptions({ env: { ...process.env, DATABASE_URL: url }, cwd: path })),
  }),
);
try {
  await (method === 'up' ? orm.migrator.up() : orm.migrator.down());
} catch (error) {
  printError(error);
  process.exitCode = exitCodeOf(error);
} finally {
  await orm.close(true);
}
