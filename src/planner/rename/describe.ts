/** A rename in two steps in words, for names and headers of its two files. Pure. */
import { renderName } from '../../statement/change.ts';
import type { About } from '../type-change/describe.ts';
import type { ColumnRename } from './twins.ts';

export function describeColumnRenames(renames: readonly ColumnRename[]): Record<'expand' | 'contract', About> {
  const list = (items: readonly string[]): string => items.join(' and ');
  const pairs = list(renames.map(({ table, from, to }) => `${renderName(table)}.${from} as ${to}`));
  const [old, own] = [
    list(renames.map(({ table, from }) => `${renderName(table)}.${from}`)),
    list(renames.map(({ table, to }) => `${renderName(table)}.${to}`)),
  ];
  const [first] = renames;
  const name = `${renderName(first?.table ?? { name: '' })}_${first?.to ?? ''}`.replaceAll('.', '_').toLowerCase();
  return {
    expand: {
      name,
      purpose: `Have ${pairs} too: both names can be read and written, a trigger carries what is written to the other`,
      rollback: `drop ${own}; no data is lost`,
      deploy:
        'before the release that knows the new name; the old one goes on as it is. Where a statement writes different values to both names, the new name wins',
    },
    contract: {
      name: `${name}_contract`,
      purpose: `Remove the old name ${old}: its values are in ${own}`,
      rollback: `${old} comes back beside ${own}, with its values and the trigger; no data is lost`,
      deploy: 'when the release that knows the new name is everywhere',
    },
  };
}
