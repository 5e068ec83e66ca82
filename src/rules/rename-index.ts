import { online, type Rule } from './rule.ts';

const id = 'rename-index';

/** No statement of an application names an index, and the lock is on the index alone. Measured on 15 and 18. */
export const renameIndex: Rule = {
  id,
  title: 'An index is renamed as it is',
  judge({ sql, change }) {
    return change.kind === 'rename index' ? online({ sql, rule: id }) : undefined;
  },
};
