/** `npm run test:long`: thousands of random changes. */
process.env.RANDOM_RUNS ??= '2000';
await import('./random.test.ts');
