import { expect } from 'chai';
import { SettingsError } from '../../src/errors.ts';
import { assertAnswersFit } from '../../src/planner/answers.ts';
import { type DecisionFlags, readDecisions } from '../../src/planner/decisions.ts';
import { outline } from './outline.ts';

describe('the answers to the questions of a change', () => {
  const before = outline({ users: ['id int!', 'name text', 'age int'], lessons: ['id int!', 'topic text'] });
  const after = outline({ users: ['id int!', 'display_name text', 'grade int!', 'age int'], courses: ['id int!'] });

  it('fit where they name what is in question', () => {
    for (const flags of [
      {},
      { rename: ['users.name:display_name'], fill: ['users.grade=5'], keep: ['lessons'] },
      { drop: ['users.name'], rename: ['lessons:courses'] },
      { rename: ['lessons:courses'], drop: ['lessons.topic'] },
    ]) {
      expect(() => check(flags)).to.not.throw();
    }
  });

  it('may name a column whose table is still to be decided', () => {
    expect(() => check({ drop: ['lessons.topic'] })).to.not.throw();
    expect(problems({ drop: ['lessons.topic'], keep: ['lessons'] })).to.deep.equal([
      '--drop lessons.topic: it is not in question',
    ]);
  });

  it('are refused where they do not, with what is in question', () => {
    expect(
      problems({ drop: ['user.name', 'users.age'], fill: ['users.gade=5', 'users.display_name=1'] }),
    ).to.deep.equal([
      '--drop user.name: it is not in question',
      '--drop users.age: it is not in question',
      '--fill users.gade: it is not in question',
      '--fill users.display_name: it is not in question',
    ]);
    expect(failure({ drop: ['x'] })?.explanation.happens).to.equal(
      'In question: what became of lessons, what became of users.name, what to fill users.grade with.',
    );
  });

  it('are refused for a new name that is not there or is given twice, and for two answers to one question', () => {
    expect(problems({ rename: ['users.name:displayname'] })).to.deep.equal([
      '--rename users.name:displayname: the entities have no new users.displayname',
    ]);
    expect(problems({ rename: ['users.name:age'] })).to.have.length(1);
    expect(problems({ rename: ['lessons:users'] })).to.have.length(1);
    expect(problems({ rename: ['users.name:grade'], fill: ['users.grade=1'] })).to.deep.equal([
      '--fill users.grade: it is users.name under its new name, and keeps its values',
    ]);
    expect(problems({ drop: ['users.name'], keep: ['users.name'] })).to.deep.equal([
      '--drop and --keep users.name: only one of them can be',
    ]);
    const gone = outline({ ...{ users: ['id int!', 'x text'] } });
    const two = readDecisions({ rename: ['users.name:x', 'users.age:x'], keep: ['lessons'] });
    expect(() => assertAnswersFit({ before, after: gone }, two)).to.throw(SettingsError);
  });

  it('name values of enums in flags of their own, and give each one new name', () => {
    const enums = { before: { 'public.kind': ['a', 'b'] }, after: { 'public.kind': ['c'] } };
    const refused = (flags: DecisionFlags): string | undefined => {
      try {
        assertAnswersFit({ before: {}, after: {}, enums }, readDecisions(flags));
      } catch (error) {
        return (error as SettingsError).explanation.subject;
      }
      return undefined;
    };
    expect(refused({ rename: ['kind.a:c'], dropValue: ['kind.b'] })).to.equal(undefined);
    expect(refused({ drop: ['kind.a'] })).to.equal('--drop kind.a: a value of an enum: --drop-value');
    expect(refused({ rename: ['kind.a:d'] })).to.equal('--rename kind.a:d: the entities have no new value d there');
    expect(refused({ rename: ['kind.a:c', 'kind.b:c'] })).to.equal('--rename kind.b:c: that is kind.a already');
    expect(refused({ renameInSteps: ['kind.a:c'] })).to.match(/^--rename-in-steps kind.a: .* at once: --rename$/);
    expect(refused({ reorder: ['kind'], keep: ['kind.c'] })).to.equal(
      '--reorder kind: it is not in question\n--keep kind.c: it is not in question',
    );
  });

  function check(flags: DecisionFlags): void {
    assertAnswersFit({ before, after }, readDecisions(flags));
  }

  function failure(flags: DecisionFlags): SettingsError | undefined {
    try {
      check(flags);
    } catch (error) {
      return error as SettingsError;
    }
    return undefined;
  }

  function problems(flags: DecisionFlags): string[] {
    return failure(flags)?.explanation.subject?.split('\n') ?? [];
  }
});
