import { expect } from 'chai';
import { SettingsError } from '../../src/errors.ts';
import type { Decisions } from '../../src/planner/decisions.ts';
import { readFillValues } from '../../src/planner/fill-values.ts';

const read = (...values: string[]): ReturnType<typeof readFillValues> =>
  readFillValues({ fills: new Map(values.map((value, at) => [`notes.c${at}`, value])) } as unknown as Decisions);

describe('the value that --fill gives', () => {
  it('can be a default where it names no column and asks no table', async () => {
    const values = await read('5', "'a; b'", 'lower(title)', 'now()', "(select 'x')");
    const constants = [...values].filter(([, { isConstant }]) => isConstant).map(([value]) => value);
    expect(values.get('lower(title)')?.columns).to.deep.equal(['title']);
    expect(constants).to.deep.equal(['5', "'a; b'", 'now()']);
  });

  for (const value of ['(select', '5; drop table users', '5;drop', '', '1, add column d int', 'null', 'NULL::text']) {
    it(`is refused with the way out: ${value}`, async () => {
      const error = await read(value).catch(thrown => thrown);
      expect(error, String(error)).to.be.instanceOf(SettingsError);
      expect(error.explanation.subject).to.equal(`--fill notes.c0=${value}`);
      expect(String(error.explanation.remedy)).to.include("'en'");
    });
  }
});
