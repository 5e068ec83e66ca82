import { online, type Rule } from './rule.ts';

const id = 'create-type';

/** A new type is a row in the catalog: nobody uses it yet, so nobody waits. */
export const createType: Rule = {
  id,
  title: 'A new type locks nothing',
  judge({ sql, change }) {
    return change.kind === 'create type' ? online({ sql, rule: id }) : undefined;
  },
};
