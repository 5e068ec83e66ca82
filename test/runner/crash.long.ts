/** A thousand kills, at moments that nobody has chosen: `npm run test:long`. */
process.env.CRASH_RUNS ??= '1000';
await import('./crash.test.ts');
