import { expect } from 'chai';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { decideEnums, renameValues } from '../../src/planner/decide-enums.ts';
import { type DecisionFlags, readDecisions } from '../../src/planner/decisions.ts';
import { type EnumChange, keepLabels, planEnumQuestions } from '../../src/planner/enum-values.ts';
import { outline } from './outline.ts';

describe('the values of an enum', () => {
  const ask = (before: string[], after: string[], flags: DecisionFlags = {}): string[] =>
    planEnumQuestions(change(before, after), {
      decisions: readDecisions(flags),
      columns: outline({ t: ['id int', 'k kind', 'all kind[]'] }),
    }).map(question => ('candidates' in question ? `${question.name}? ${question.candidates}` : question.kind));

  it('may come, and a type may go', () => {
    expect(ask(['a'], ['b', 'a'])).to.deep.equal([]);
    const gone = { before: { 'public.kind': ['a'] }, after: {} };
    expect(planEnumQuestions(gone, { decisions: readDecisions({}), columns: {} })).to.deep.equal([]);
  });

  it('are asked about where one went: renamed, given up or left', () => {
    expect(ask(['a', 'b'], ['c', 'b'])).to.deep.equal(['kind.a? c']);
    for (const flags of [{ rename: ['kind.a:c'] }, { dropValue: ['kind.a'] }, { keep: ['kind.a'] }]) {
      expect(ask(['a', 'b'], ['c', 'b'], flags)).to.deep.equal([]);
    }
    const [question] = planEnumQuestions(change(['a', 'b'], ['b']), {
      decisions: readDecisions({}),
      columns: outline({ t: ['k kind', 'all kind[]', 'n text'] }),
    });
    expect(question).to.have.deep.property('holders', [
      { table: 't', column: 'k' },
      { table: 't', column: 'all' },
    ]);
  });

  it('are asked about in another order, under their new names too', () => {
    expect(ask(['a', 'b'], ['b', 'a'])).to.deep.equal(['reordered']);
    expect(ask(['a', 'b'], ['b', 'c'], { rename: ['kind.a:c'] })).to.deep.equal(['reordered']);
    expect(ask(['a', 'b'], ['b', 'a'], { keep: ['kind'] })).to.deep.equal([]);
    expect(ask(['a', 'b'], ['b', 'a'], { reorder: ['kind'] })).to.deep.equal([]);
  });

  it('stay where they stand, with the new ones where the entity has them', () => {
    const keep = (before: string[], after: string[], ...names: string[]) =>
      keepLabels(change(before, after), readDecisions({ keep: names }))['public.kind'];
    expect(keep(['a', 'b', 'c'], ['a', 'x', 'c'], 'kind.b')).to.deep.equal(['a', 'b', 'x', 'c']);
    expect(keep(['a', 'b'], ['b', 'x', 'a'], 'kind')).to.deep.equal(['a', 'b', 'x']);
    expect(keep(['a', 'b'], ['b', 'a'])).to.deep.equal(['b', 'a']);
  });

  it('have their new name wherever PostgreSQL prints it', () => {
    const history = {
      enums: { 'public.kind': ["it's", 'b', 'c d'] },
      tables: {
        'public.t': {
          columns: {
            k: { default: `'it''s'::kind` },
            ks: { default: `'{b,b,"c d",NULL}'::kind[]` },
            n: { default: `'b'::text` },
          },
          constraints: {
            c: `CHECK ((("k's" <> 'b'::kind) AND (x <> ALL ('{{b},{"a ''b''::kind"}}'::kind[])) AND (y <> 'b'::kind2)))`,
          },
          indexes: {},
          triggers: {},
          policies: {},
        },
      },
      views: {},
      viewIndexes: {},
    } as unknown as Catalog;
    const entities = { ...history, enums: { 'public.kind': ['x', 'y', '"z"'] } };
    const decisions = readDecisions({ rename: ["kind.it's:x", 'kind.b:y', 'kind.c d:"z"'] });
    const { tables, enums } = decideEnums({ history, entities }, decisions).history;
    expect(enums).to.deep.equal({ 'public.kind': ['x', 'y', '"z"'] });
    expect(tables['public.t']?.columns).to.deep.equal({
      k: { default: `'x'::kind` },
      ks: { default: `'{y,y,"\\"z\\"",NULL}'::kind[]` },
      n: { default: `'b'::text` },
    });
    expect(tables['public.t']?.constraints.c).to.equal(
      `CHECK ((("k's" <> 'y'::kind) AND (x <> ALL ('{{y},{"a ''b''::kind"}}'::kind[])) AND (y <> 'b'::kind2)))`,
    );
    expect(renameValues(history.enums, entities.enums, decisions)[0]).to.deep.equal({
      name: "kind.it's",
      up: `alter type "kind" rename value 'it''s' to 'x'`,
      down: `alter type "kind" rename value 'x' to 'it''s'`,
    });
  });
});

function change(before: string[], after: string[]): EnumChange {
  return { before: { 'public.kind': before }, after: { 'public.kind': after } };
}
