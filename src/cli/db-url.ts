import type { CommandModule } from 'yargs';
import { ensureEmbeddedServer } from '../server/embedded/embedded-server.ts';
import { projectServer } from '../server/embedded/project.ts';
import { readConnectionSettings } from '../server/settings.ts';
import { printResult } from '../terminal/terminal.ts';

export const command: CommandModule = {
  command: 'db:url',
  describe: 'Print the URL of the database, with its password, alone on stdout',
  builder: args =>
    args.epilogue(
      'DATABASE_URL if it is set, otherwise the embedded server, started if need be.\nExit codes: 0 printed · 1 failed',
    ),
  handler: async () => {
    // Checked, so that what is printed can be used.
    const given = readConnectionSettings(process.env) && process.env.DATABASE_URL?.trim();
    printResult(given || (await embeddedUrl()));
  },
};

async function embeddedUrl(): Promise<string> {
  const { user, password, host, port, database } = await ensureEmbeddedServer(projectServer(process.cwd()));
  return `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(database)}`;
}
