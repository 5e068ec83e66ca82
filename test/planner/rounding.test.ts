import { expect } from 'chai';
import { holdsAll, lossOnTheWayBack } from '../../src/planner/type-change/rounding.ts';

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

describe('a type that holds every value of another', () => {
  const pairs: [from: string, to: string, holds: boolean][] = [
    ['integer', 'bigint', true],
    ['integer[]', 'bigint[]', true],
    ['bigint', 'integer', false],
    ['integer', 'numeric', true],
    ['integer', 'numeric(5,2)', false],
    ['numeric(12,2)', 'numeric', true],
    ['character varying(20)', 'character varying(40)', true],
    ['character varying(40)', 'character varying(20)', false],
    ['text', 'character varying(20)', false],
    ['text', 'uuid', false],
    ['uuid', 'text', true],
    ['integer[]', 'integer', false],
    // made anew, without one of its values
    ['kind', 'kind', false],
  ];
  for (const [from, to, holds] of pairs) {
    it(`${from} in ${to}: ${holds ? 'all' : 'perhaps not'}`, () => expect(holdsAll({ from, to })).to.equal(holds));
  }
});
