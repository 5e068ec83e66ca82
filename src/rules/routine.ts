import { online, type Rule } from './rule.ts';

const id = 'routine';

/** PostgreSQL changes the catalog alone, and does not run it. */
export const routine: Rule = {
  id,
  title: 'A function or procedure is created or replaced as it is',
  judge({ sql, change }) {
    return change.kind === 'create routine' ? online({ sql, rule: id }) : undefined;
  },
};
