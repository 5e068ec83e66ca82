import { relative } from 'node:path';
import type { CommandModule } from 'yargs';
import { ensureEmbeddedServer } from '../server/embedded/embedded-server.ts';
import { projectServer } from '../server/embedded/project.ts';
import { printProgress, printResult, printWarning } from '../terminal/terminal.ts';

export const command: CommandModule = {
  command: 'db:start',
  describe: 'Start the embedded PostgreSQL of this project, unless it runs',
  builder: args => args.epilogue('Exit codes: 0 it runs · 1 failed'),
  handler: async () => {
    const options = projectServer(process.cwd());
    const { host, port, database, started } = await ensureEmbeddedServer(options);
    const folder = relative(process.cwd(), options.directory);
    printResult(
      `The embedded PostgreSQL ${started ? 'runs now' : 'was running already'}: ${host}:${port}, database ${database}, data in ${folder}/`,
    );
    printProgress('Its URL, with the password: npm run db:url. To stop it: npm run db:stop');
    if (process.env.DATABASE_URL?.trim()) {
      printWarning('DATABASE_URL is set: other commands work on the server that it names, not on this one.');
    }
  },
};
