import type { ShadowOptions } from '../../src/proof/shadow-server.ts';
import { testServer } from './server.ts';

/** Shadow databases on the server of the test run. */
export function shadowOptions(): ShadowOptions {
  const { host, port, user, password } = testServer();
  return {
    env: { SHADOW_DATABASE_URL: `postgresql://${user}:${password}@${host}:${port}/postgres` },
    cwd: import.meta.dirname,
  };
}
