/** Ours beside stock MikroORM: `npm run bench`. See README.md. */
import { parseArgs } from 'node:util';
import { startTestServer } from '../test/support/server.ts';
import { CASES } from './cases.ts';
import { measurePair } from './measure.ts';
import { type Result, renderReport, toReport } from './report.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '9' },
    'warm-ups': { type: 'string', default: '2' },
  },
});
const rounds = { rounds: readCount('rounds', 1), warmUps: readCount('warm-ups', 0) };
const chosen = positionals.map(name => {
  const found = CASES.find(entry => entry.name === name);
  if (!found) {
    throw new Error(`There is no case ${name}; there are ${CASES.map(entry => entry.name).join(', ')}.`);
  }
  return found;
});

// its own server alone, and nothing of what this shell is used to
for (const name of Object.keys(process.env)) {
  if (/^(?:DATABASE_URL|PG.*|MIGRATE_.*|MIKRO_ORM_.*|NODE_ENV|NODE_COMPILE_CACHE)$/.test(name)) {
    delete process.env[name];
  }
}
const stop = await startTestServer();
// both sides start as they do on a developer's machine
delete process.env.NODE_COMPILE_CACHE;
process.once('SIGINT', () => stop().finally(() => process.exit(130)));
try {
  const results: Result[] = [];
  for (const { name, title, setUp } of chosen.length > 0 ? chosen : CASES) {
    process.stderr.write(`${title} …\n`);
    results.push({ name, title, ...(await measurePair(await setUp(), rounds)) });
  }
  const report = toReport(results, rounds);
  process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : renderReport(report)}\n`);
} finally {
  await stop();
}

function readCount(option: 'rounds' | 'warm-ups', least: number): number {
  const count = Number(values[option]);
  if (!Number.isInteger(count) || count < least) {
    throw new Error(`--${option} wants a whole number from ${least}, not ${values[option]}.`);
  }
  return count;
}
