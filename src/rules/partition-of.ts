import { quoteName, renderName } from '../statement/change.ts';
import { readTokens, textBetween } from '../statement/tokens.ts';
import { shown } from './alter-table.ts';
import { attachLocks, boundOf, refuseAttach } from './attach-partition.ts';
import { asNew, type Rule, step } from './rule.ts';

const id = 'partition-of';

/** `partition of` locks the whole partitioned table; a table that is made beside it and attached does not. H78. */
export const partitionOf: Rule = {
  id,
  title: 'A partition of an existing table is made beside it, then attached',
  judge({ sql, change }, context) {
    if (change.kind !== 'create table' || !change.partitionOf) {
      return undefined;
    }
    const { table, partitionOf: parent } = change;
    const because = {
      happens: `"partition of" takes an ACCESS EXCLUSIVE lock on ${shown(parent)}.`,
      hurts: `Every read and write of ${shown(parent)}, in all its partitions, waits behind it.`,
    };
    const bound = readBound(sql);
    if (bound === undefined) {
      const remedy = [`create the table by itself, like ${quoteName(parent)}, with what is its own;`, 'then attach it'];
      return { kind: 'refuse', ...because, remedy };
    }
    const tokens = readTokens(sql);
    const attachment = { table: parent, partition: table, bound: tokens.slice(boundOf(tokens)) };
    const later = asNew(table, context);
    const refused = refuseAttach(attachment, later);
    if (refused) {
      return refused;
    }
    const like = `create table ${quoteName(table)} (like ${quoteName(parent)} including all excluding identity)`;
    const attach = `alter table ${quoteName(parent)} attach partition ${quoteName(table)} ${bound}`;
    return {
      kind: 'replace',
      ...because,
      steps: [
        step({ sql: like, rule: id, locks: [{ table: renderName(parent), mode: 'ACCESS SHARE' }] }),
        step({ sql: attach, rule: id, locks: attachLocks(attachment, later) }),
      ],
    };
  },
};

/** @returns undefined when the partition has columns or storage of its own, which `like` would not give it. */
function readBound(sql: string): string | undefined {
  const tokens = readTokens(sql);
  const at = boundOf(tokens);
  const before = tokens.slice(0, at);
  const bound = tokens.slice(at);
  const words = bound.filter(({ depth }) => depth === 0).map(({ word }) => word);
  const isWhole = /^(?:default|for values (?:in|with) \( \)|for values from \( \) to \( \))$/.test(words.join(' '));
  return isWhole && !before.some(({ text }) => text === '(') ? textBetween(sql, bound[0], bound.at(-1)) : undefined;
}
