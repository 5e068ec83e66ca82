import { expect } from 'chai';
import { type MigrationError, SettingsError } from '../../src/errors.ts';
import { assertEnumsKeepValues } from '../../src/planner/enum-values.ts';

describe('the values of an enum', () => {
  it('may come, and a type may go', () => {
    assertEnumsKeepValues(
      { 'public.kind': ['a'], 'public.gone': ['x'] },
      { 'public.kind': ['b', 'a'], 'public.new': ['y'] },
    );
  });

  it('goes where somebody said so, and only then', () => {
    const labels = [{ 'public.kind': ['a', 'b'] }, { 'public.kind': ['b'] }] as const;
    assertEnumsKeepValues(...labels, { dropValues: new Set(['kind.a']) });
    expect(() => assertEnumsKeepValues(...labels, { dropValues: new Set(['kind.b']) })).to.throw(SettingsError);
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
