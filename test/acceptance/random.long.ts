/** `npm run test:long`: thousands of random changes; RANDOM_RUNS says how many. */
process.env.RANDOM_RUNS ??= '3000';
await import('./random.test.ts');
