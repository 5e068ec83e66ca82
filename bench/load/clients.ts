/**
 * Four clients of a busy school, in a process of their own: point reads and updates, one after the other, each with a pause of 2 ms.
 * They work until stdin ends; then what they had to wait comes out as JSON, in ms. Argument: the URL.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const [url = '', rows = '1'] = process.argv.slice(2);
const CLIENTS = 4;
const waits: number[] = [];
let isOver = false;
process.stdin.resume().once('end', () => {
  isOver = true;
});

async function work(): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (let turn = 0; !isOver; turn++) {
    const id = 1 + Math.floor(Math.random() * Number(rows));
    const startedAt = performance.now();
    await (turn % 2 === 0
      ? client.query('select * from lessons where id = $1', [id])
      : client.query('update lessons set subject = $2 where id = $1', [id, `subject ${turn % 9}`]));
    waits.push(performance.now() - startedAt);
    await sleep(2);
  }
  await client.end();
}

const working = Array.from({ length: CLIENTS }, work);
process.stdout.write('ready\n');
await Promise.all(working);
waits.sort((a, b) => a - b);
const at = (part: number): number => waits[Math.min(waits.length - 1, Math.floor(waits.length * part))] ?? 0;
process.stdout.write(`${JSON.stringify({ requests: waits.length, p999: at(0.999), longest: at(1) })}\n`);
