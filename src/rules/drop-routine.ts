import { quoteName, renderName } from '../statement/change.ts';
import { readTokens, textBetween } from '../statement/tokens.ts';
import { dropOneByOne, isPlainDrop } from './drops.ts';
import { type Rule, step } from './rule.ts';
import { indexOfWords, readObjectName, splitAtCommas } from './words.ts';

const id = 'drop-routine';

/** PostgreSQL refuses while a trigger, default or index needs it; `cascade` would take these along. H48, H54. */
export const dropRoutine: Rule = {
  id,
  title: 'A routine is dropped by itself',
  judge({ sql, change }) {
    if (change.kind !== 'drop routine') {
      return undefined;
    }
    const { kind, signatures } = readDrop(sql);
    const own = signatures.filter(({ name }) => name === renderName(change.routine)).map(({ text }) => text);
    if (own.length > 1) {
      return {
        kind: 'refuse',
        happens: `The statement drops ${own.length} routines called "${renderName(change.routine)}" at once.`,
        hurts: 'After a run that stopped half-way nobody can tell which of them are gone.',
        remedy: own.map(signature => `drop ${kind} if exists ${signature};`),
      };
    }
    const drop = step({
      sql: `drop ${kind} if exists ${own[0] ?? quoteName(change.routine)}`,
      rule: id,
      phase: 'contract',
      hazards: [`Every running release that calls "${renderName(change.routine)}" fails from then on.`],
    });
    return dropOneByOne(sql, isPlainDrop(sql), [drop]);
  },
};

/** `drop function [if exists] f(int), g cascade`: the arguments tell routines of one name apart, so they stay as written. */
function readDrop(sql: string): { kind: string; signatures: { name: string; text: string }[] } {
  const tokens = readTokens(sql);
  const start = indexOfWords(tokens, 'if exists') === 2 ? 4 : 2;
  const hasBehavior = ['cascade', 'restrict'].includes(tokens.at(-1)?.word ?? '');
  const signatures = splitAtCommas(tokens.slice(start, hasBehavior ? -1 : undefined));
  return {
    kind: tokens[1]?.word ?? 'routine',
    signatures: signatures.map(part => ({
      name: renderName(readObjectName(part)),
      text: textBetween(sql, part[0], part.at(-1)),
    })),
  };
}
