import { expect } from 'chai';
import { readTokens } from '../../src/statement/tokens.ts';

const textsOf = (sql: string): string[] => readTokens(sql).map(({ text }) => text);

describe('tokens of SQL', () => {
  const cases: [sql: string, tokens: string[]][] = [
    ['a -- b\n c /* d /* e */ f */ g', ['a', 'c', 'g']],
    [`"a ""b" 'it''s' E'\\'x' U&"d" n'x'`, ['"a ""b"', `'it''s'`, `E'\\'x'`, 'U&"d"', `n'x'`]],
    ['$$a $ b$$ $x$ $$ $x$ $1', ['$$a $ b$$', '$x$ $$ $x$', '$', '1']],
    ['größe(1.5e3)::int[]', ['größe', '(', '1.5e3', ')', ':', ':', 'int', '[', ']']],
  ];
  for (const [sql, tokens] of cases) {
    it(`reads ${sql}`, () => {
      expect(textsOf(sql)).to.deep.equal(tokens);
    });
  }

  it('counts the brackets around a token', () => {
    expect(readTokens('a (b (c))').map(({ depth }) => depth)).to.deep.equal([0, 0, 1, 1, 2, 1, 0]);
  });
});
