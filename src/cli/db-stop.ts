import { relative } from 'node:path';
import type { CommandModule } from 'yargs';
import { stopEmbeddedServer } from '../server/embedded/embedded-server.ts';
import { embeddedDirectory } from '../server/embedded/project.ts';
import { printResult } from '../terminal/terminal.ts';

export const command: CommandModule = {
  command: 'db:stop',
  describe: 'Stop the embedded PostgreSQL of this project; its data stay',
  builder: args => args.epilogue('Exit codes: 0 stopped, or it was not running · 1 failed'),
  handler: async () => {
    const directory = embeddedDirectory(process.cwd());
    const stopped = await stopEmbeddedServer({ directory });
    printResult(
      stopped
        ? `The embedded PostgreSQL is stopped; its data stay in ${relative(process.cwd(), directory)}/`
        : 'The embedded PostgreSQL is not running: nothing to do.',
    );
  },
};
