import { expect } from 'chai';
import { normalizeSql } from '../../src/statement/normalize.ts';

describe('normalizeSql', () => {
  const same = (first: string[], second: string[]): void => {
    expect(normalizeSql(first)).to.equal(normalizeSql(second));
  };
  const different = (first: string, second: string): void => {
    expect(normalizeSql([first])).to.not.equal(normalizeSql([second]));
  };

  it('sees no difference in layout, comments, line ends, case and where a statement is listed', () => {
    same(['alter table "a"\r\n  ADD column B int -- why\r\n'], ['ALTER TABLE "a" add column b int;']);
    same(['select 1; select /* a /* b */ */ 2;'], ['select 1', 'select 2']);
    same(['select $$x\r\n$$'], ['select $$x\n$$']);
  });

  it('sees one in values, quoted names, bodies and statements', () => {
    different(`select 'A'`, `select 'a'`);
    different(`select e'A'`, `select e'a'`);
    different('select "A"', 'select "a"');
    different('select $$A$$', 'select $$a$$');
    different('select 1; select 2', 'select 2; select 1');
    different(`select '--x'`, `select ''`);
  });
});
