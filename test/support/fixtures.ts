/** Loaded by mocha before any test file, in its main process and in each worker (`require` in .mocharc.json). */
import { startTestServer } from './server.ts';

if (process.env.MOCHA_WORKER_ID !== undefined) {
  // A Ctrl-C reaches the workers too; they end with the main process.
  process.on('SIGINT', () => undefined);
}

let stopTestServer: (() => Promise<void>) | undefined;

/** Runs once, in the main process, before the workers exist: they inherit the environment as it is then. */
export async function mochaGlobalSetup(): Promise<void> {
  for (const name of Object.keys(process.env)) {
    // Somebody's own server and habits: no test may depend on them, let alone reach that server.
    if (name === 'DATABASE_URL' || name.startsWith('PG')) {
      delete process.env[name];
    }
  }
  const stop = await startTestServer();
  stopTestServer = stop;
  // The parallel runner of mocha 12 waits for ever after a Ctrl-C.
  process.once('SIGINT', () => stop().finally(() => process.exit(130)));
}

export async function mochaGlobalTeardown(): Promise<void> {
  await stopTestServer?.();
}
