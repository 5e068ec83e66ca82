import { expect } from 'chai';
import type { MigrationError } from '../../src/errors.ts';
import { assertEnumsKeepValues } from '../../src/planner/enum-values.ts';

describe('the values of an enum', () => {
  it('may come, and a type may go', () => {
    assertEnumsKeepValues(
      { 'public.kind': ['a'], 'public.gone': ['x'] },
      { 'public.kind': ['b', 'a'], 'public.new': ['y'] },
    );
  });

  it('cannot go: the way out is said with their names', () => {
    try {
      assertEnumsKeepValues({ 'public.kind': ["it's", 'b'] }, { 'public.kind': ['b', 'c'] });
      expect.fail();
    } catch (error) {
      const { exitCode, explanation } = error as MigrationError;
      expect(exitCode).to.equal(2);
      expect(explanation.subject).to.equal("'it's' of kind");
      expect(explanation.remedy).to.include(
        "  with  alter type kind rename value 'it''s' to 'c'  in it, see docs/rules/rename-enum-value.md;",
      );
    }
  });
});
