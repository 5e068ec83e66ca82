import type { Rule } from './rule.ts';

const id = 'drop-schema';

/** H54. */
export const dropSchema: Rule = {
  id,
  title: 'No schema and no database is dropped',
  judge({ change }) {
    if (change.kind !== 'drop schema' && change.kind !== 'drop database') {
      return undefined;
    }
    const what = change.kind === 'drop schema' ? 'schema' : 'database';
    return {
      kind: 'refuse',
      happens: `With the ${what} "${change.name}" goes whatever is in it, that of others too.`,
      hurts: 'What is lost cannot be got back, and every statement that names any of it fails.',
      remedy: [
        'drop what is in it in statements of their own: each says what is lost;',
        `where the ${what} is meant to go, and nobody else uses it: this statement within assumeSafe, with that reason`,
      ],
    };
  },
};
