import { expect } from 'chai';
import { SettingsError } from '../../src/errors.ts';
import { type DecisionFlags, readDecisions } from '../../src/planner/decisions.ts';
import type { SchemaOutline } from '../../src/planner/question.ts';
import { planQuestions } from '../../src/planner/questions.ts';
import { outline } from './outline.ts';

describe('what a person is asked', () => {
  const before = outline({ users: ['id int!', 'name text', 'age int'], lessons: ['id int!'] });
  const ask = (after: SchemaOutline, flags: DecisionFlags = {}): string[] =>
    planQuestions({ before, after }, readDecisions(flags)).map(question =>
      'candidates' in question
        ? `${question.kind} ${question.name}? ${question.candidates.join(',')}`
        : `${question.kind} ${question.name}`,
    );
  const { lessons = [], users = [] } = { lessons: ['id int!'], users: ['id int!', 'name text', 'age int'] };

  it('nothing, when nothing goes and nothing needs a value', () => {
    expect(ask(before)).to.deep.equal([]);
    expect(ask(outline({ users: [...users, 'locale text', 'n int! d'], lessons, more: ['id int!'] }))).to.deep.equal(
      [],
    );
  });

  it('whether a column that went is one of those of its type that came', () => {
    const after = outline({ users: ['id int!', 'display_name text', 'locale text', 'size int8', 'age int'], lessons });
    expect(ask(after)).to.deep.equal(['gone column users.name? display_name,locale']);
    expect(ask(after, { rename: ['users.name:display_name'] })).to.deep.equal([]);
    expect(ask(after, { drop: ['users.name'] })).to.deep.equal([]);
    expect(ask(after, { keep: ['users.name'] })).to.deep.equal([]);
  });

  it('about each of two at once, the rest of the candidates being left', () => {
    const after = outline({ users: ['id int!', 'a text', 'b int'], lessons });
    expect(ask(after)).to.deep.equal(['gone column users.name? a', 'gone column users.age? b']);
    expect(ask(after, { rename: ['users.age:b'] })).to.deep.equal(['gone column users.name? a']);
  });

  it('about tables, and then about the columns of a renamed one', () => {
    expect(ask(outline({ users }))).to.deep.equal(['gone table lessons? ']);
    const renamed = outline({ people: ['id int!', 'name text'], lessons });
    expect(ask(renamed)).to.deep.equal(['gone table users? people']);
    expect(ask(renamed, { rename: ['users:people'] })).to.deep.equal(['gone column users.age? ']);
  });

  it('what to fill a new column with that must not be null', () => {
    const after = outline({ users: [...users, 'grade int!'], lessons });
    expect(ask(after)).to.deep.equal(['fill users.grade']);
    expect(ask(after, { fill: ['users.grade=coalesce(age, 5) = 5'] })).to.deep.equal([]);
    const renamed = outline({ people: [...users, 'grade int!'], lessons });
    expect(ask(renamed, { rename: ['users:people'] })).to.deep.equal(['fill people.grade']);
  });
});

describe('the flags of decisions', () => {
  it('keep what stands behind the first separator', () => {
    const { fills } = readDecisions({ fill: ["a.b=c = 'x:y'"] });
    expect([...fills]).to.deep.equal([['a.b', "c = 'x:y'"]]);
  });

  it('are refused when they are of another form', () => {
    for (const flags of [
      { rename: ['users.name'] },
      { rename: [':x'] },
      { fill: ['users.grade'] },
      { fill: ['users.grade='] },
    ]) {
      expect(() => readDecisions(flags)).to.throw(SettingsError);
    }
  });
});
