import { expect } from 'chai';
import { lossOnTheWayBack } from '../../src/planner/type-change/rounding.ts';

describe('what a value loses on the way back to its old type', () => {
  const rounds = [
    ['integer', 'numeric(12,2)'],
    ['bigint', 'numeric'],
    ['integer', 'double precision'],
    ['real', 'double precision'],
    ['numeric(12,2)', 'numeric(12,4)'],
    ['double precision', 'numeric'],
    ['timestamp(0) with time zone', 'timestamp with time zone'],
    ['integer[]', 'numeric(12,2)[]'],
  ];
  for (const [old = '', changed = ''] of rounds) {
    it(`is said: ${changed} is rounded to ${old}`, () => {
      expect(lossOnTheWayBack({ old, changed })).to.equal(`is rounded to what ${old} can hold`);
    });
  }

  it('is said of what a date, a zone and json do not keep', () => {
    const [date, zone, json] = [
      ['date', 'timestamp without time zone'],
      ['timestamp without time zone', 'timestamp with time zone'],
      ['json', 'jsonb'],
    ].map(([old = '', changed = '']) => lossOnTheWayBack({ old, changed }));
    expect(date).to.equal('keeps what date can hold');
    expect(zone).to.match(/^is read in the time zone of the change/);
    expect(json).to.match(/^comes back as jsonb writes it/);
  });

  const keeps = [
    ['integer', 'bigint'],
    ['integer', 'numeric(12,0)'],
    ['numeric(12,4)', 'numeric(12,2)'],
    ['text', 'integer'],
    ['timestamp with time zone', 'timestamp(0) with time zone'],
  ];
  for (const [old = '', changed = ''] of keeps) {
    it(`is nothing: ${changed} comes back as ${old}, or is reported`, () => {
      expect(lossOnTheWayBack({ old, changed })).to.equal(undefined);
    });
  }
});
