/** A pooler in transaction mode, as PgBouncer is one: each transaction of a client may get another connection to the server. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import pg from 'pg';

export interface TransactionPooler extends AsyncDisposable {
  readonly port: number;
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
const SSL_REQUEST = 80_877_103;
const READY = message('Z', Buffer.from('I'));
const GREETING = Buffer.concat([
  message('R', Buffer.alloc(4)),
  message('S', Buffer.from('server_version\x0018.0\0')),
  message('S', Buffer.from('client_encoding\0UTF8\0')),
  message('S', Buffer.from('standard_conforming_strings\0on\0')),
  message('K', Buffer.alloc(8, 1)),
  READY,
]);

/** Two connections to `url`, taken in turn; whoever connects to its port is let in and shares them. */
export async function startTransactionPooler(url: string): Promise<TransactionPooler> {
  const clients = [new pg.Client(url), new pg.Client(url)];
  const backends = new Backends(await Promise.all(clients.map(takeSocket)));
  const server = createServer(socket => serve(socket, backends)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      await Promise.all(clients.map(client => client.end().catch(() => undefined)));
    },
  };
}

/** Connects, and takes the socket from the library that has logged in. */
async function takeSocket(client: pg.Client): Promise<Socket> {
  client.on('error', () => undefined);
  await client.connect();
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.removeAllListeners('data');
  return stream;
}

class Backends {
  readonly #free: Socket[];
  readonly #waiting: ((backend: Socket) => void)[] = [];

  constructor(sockets: readonly Socket[]) {
    this.#free = [...sockets];
  }

  async take(): Promise<Socket> {
    const free = this.#free.shift();
    return free ?? (await new Promise(resolve => this.#waiting.push(resolve)));
  }

  giveBack(backend: Socket): void {
    backend.removeAllListeners('data');
    const next = this.#waiting.shift();
    if (next) {
      next(backend);
    } else {
      this.#free.push(backend);
    }
  }
}

function serve(client: Socket, backends: Backends): void {
  let isStarted = false;
  let backend: Promise<Socket> | undefined;
  client.on('error', () => undefined);
  client.on('data', async data => {
    if (!isStarted) {
      isStarted = data.readInt32BE(4) !== SSL_REQUEST;
      client.write(isStarted ? GREETING : 'N');
    } else if (String.fromCharCode(data[0] ?? 0) !== 'X') {
      backend ??= take();
      (await backend).write(data);
    }
  });

  async function take(): Promise<Socket> {
    const taken = await backends.take();
    let last = Buffer.alloc(0);
    taken.on('data', answer => {
      client.write(answer);
      last = Buffer.concat([last, answer]).subarray(-READY.length);
      // the transaction is over
      if (last.equals(READY)) {
        backend = undefined;
        backends.giveBack(taken);
      }
    });
    return taken;
  }
}

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}
