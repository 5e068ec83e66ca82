import { quoteLiteral, quoteName, renderName } from '../statement/change.ts';
import type { Rule } from './rule.ts';

const id = 'rename-enum-value';

/** Instant for PostgreSQL; the running release goes on reading and writing the old value. H46. */
export const renameEnumValue: Rule = {
  id,
  title: 'An enum value is not renamed under a release that uses it',
  judge({ change }) {
    if (change.kind !== 'rename enum value') {
      return undefined;
    }
    const { type, value, to } = change;
    return {
      kind: 'refuse',
      happens: `From the moment of the rename on, "${renderName(type)}" has no '${value}'.`,
      hurts: `Every insert, update and query of the running release with '${value}' fails, and it does not know the '${to}' that it reads.`,
      remedy: [
        `expand: alter type ${quoteName(type)} add value if not exists ${quoteLiteral(to)}, and let the new release read both;`,
        `then this.backfill the rows with '${value}'; PostgreSQL cannot remove the old value, so that it stays unused;`,
        'where no running release uses it: this statement within assumeSafe, with that reason',
      ],
    };
  },
};
