import { quoteName, renderName } from '../statement/change.ts';
import { readTokens, textBetween } from '../statement/tokens.ts';
import { online, type Rule, step, type Verdict } from './rule.ts';

const id = 'reindex-concurrently';

/** A plain `reindex` holds SHARE on the table and ACCESS EXCLUSIVE on the index while it builds. H10. */
export const reindexConcurrently: Rule = {
  id,
  title: 'An index is rebuilt concurrently',
  judge({ sql, change }, { facts, newTables }) {
    if (change.kind !== 'reindex') {
      return undefined;
    }
    const tokens = readTokens(sql);
    const at = tokens.findIndex(({ depth, word }) => depth === 0 && KINDS.includes(word));
    const kind = tokens[at]?.word ?? '';
    if (kind !== 'index' && kind !== 'table') {
      return refuse(kind);
    }
    const name = renderName(change.target);
    const table = kind === 'table' ? name : facts.indexes[name];
    const mode = 'SHARE UPDATE EXCLUSIVE';
    const locks = table === undefined || newTables.has(table) ? [] : [{ table, mode } as const];
    const parts = { rule: id, locks, transactional: false, scans: true } as const;
    if (change.concurrently) {
      return online({ ...parts, sql });
    }
    const shown = table === undefined ? 'the table' : `"${table}"`;
    const options = textBetween(sql, tokens[1], tokens[at - 1]);
    const head = ['reindex', at > 1 ? options : '', kind, 'concurrently'].filter(word => word !== '').join(' ');
    return {
      kind: 'replace',
      happens: `PostgreSQL holds a SHARE lock on ${shown}, and an ACCESS EXCLUSIVE lock on each index while it builds it anew.`,
      hurts: `Every insert, update and delete on ${shown} waits, and every query that could use the index.`,
      steps: [step({ ...parts, sql: `${head} ${quoteName(change.target)}` })],
    };
  },
};

const KINDS = ['index', 'table', 'schema', 'database', 'system'];

function refuse(kind: string): Verdict {
  return {
    kind: 'refuse',
    happens: `PostgreSQL rebuilds every index of the ${kind}, one after the other.`,
    hurts: 'Every table of it has its turn at being blocked, and nobody can say for how long.',
    remedy: ['reindex table concurrently … for the tables that need it'],
  };
}
