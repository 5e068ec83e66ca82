import { expect } from 'chai';
import { addKept, planKept } from '../../src/planner/kept-objects.ts';
import { readStatements } from '../../src/statement/read.ts';
import { outline } from './outline.ts';

describe('what migrations keep', () => {
  it('stays kept until a later migration changes it', async () => {
    const keptAfter = async (...sql: string[]): Promise<string[]> => [
      ...planKept([
        { changes: [], keeps: ['lessons', 'users.age', 'kind.a', 'kind'] },
        { changes: (await readStatements(sql.join(';'))).flatMap(({ changes }) => changes), keeps: ['users.nick'] },
      ]),
    ];
    expect(await keptAfter()).to.deep.equal(['lessons', 'users.age', 'kind.a', 'kind', 'users.nick']);
    expect(await keptAfter('drop table lessons', 'alter table users drop column age')).to.deep.equal([
      'kind.a',
      'kind',
      'users.nick',
    ]);
    expect(
      await keptAfter('alter table users rename to people', `alter type kind rename value 'a' to 'b'`),
    ).to.deep.equal(['lessons', 'people.age', 'kind', 'users.nick']);
    expect(await keptAfter('alter table users alter column age set default 1', 'drop type kind')).to.deep.equal([
      'lessons',
      'users.nick',
    ]);
  });

  it('answers what is in question, and nothing that is answered otherwise this time', () => {
    const before = outline({ users: ['id int!', 'age int'], lessons: ['id int!'] });
    const kept = new Set(['users.age', 'lessons', 'gone.long_ago']);
    const change = { before, after: outline({ users: ['id int!'] }) };
    expect(addKept({}, change, kept)).to.deep.equal({ keep: ['lessons', 'users.age'] });
    expect(addKept({ drop: ['lessons'] }, change, kept)).to.deep.equal({ drop: ['lessons'], keep: ['users.age'] });
    expect(addKept({}, { before, after: before }, kept)).to.deep.equal({});
  });
});
