/** `npm run test:long`: every case. */
process.env.HALF_WAY ??= 'all';
await import('./half-way.test.ts');
