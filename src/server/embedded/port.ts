import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port on 127.0.0.1 that nobody listens on: `wanted`, if it is free, otherwise one that the system chooses. */
export async function findFreePort(wanted?: number): Promise<number> {
  return (
    (wanted && (await listenOnce(wanted))) || (await listenOnce(0)) || Promise.reject(new Error('no port is free'))
  );
}

/** Listens for a moment and gives the port; undefined when it is taken. */
async function listenOnce(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen({ port, host: '127.0.0.1' });
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}
