import { expect } from 'chai';
import { MigrationError } from '../../src/errors.ts';
import {
  fitMigrationName,
  readMigrationName,
  renderClassName,
  renderRecordedName,
} from '../../src/generator/migration-name.ts';

describe('--name', () => {
  const accepted: [typed: string, name: string][] = [
    ['add_grade_level', 'add_grade_level'],
    ['AddGradeLevel', 'add_grade_level'],
    ['add grade-level', 'add_grade_level'],
    ['  add   grade  ', 'add_grade'],
    ['HTTPStatus', 'http_status'],
    ['add2FA', 'add2_fa'],
    ['élève', 'eleve'],
    ['_private_', 'private'],
  ];
  for (const [typed, name] of accepted) {
    it(`turns ${JSON.stringify(typed)} into ${name}`, () => {
      expect(readMigrationName(typed)).to.equal(name);
    });
  }

  const refused: [typed: string, why: RegExp][] = [
    ['', /Nothing is left/],
    ['   ', /Nothing is left/],
    ['---', /Nothing is left/],
    ['../evil', /path or a file name/],
    ['a/b', /path or a file name/],
    ['a\\b', /path or a file name/],
    ['.hidden', /path or a file name/],
    ['users.ts', /path or a file name/],
    ['имя', /characters/],
    ['a$b', /characters/],
    ['a\0b', /characters/],
    ['0005_users', /begins with a number/],
    ['x'.repeat(59), /59 characters/],
  ];
  for (const [typed, why] of refused) {
    it(`refuses ${JSON.stringify(typed)}`, () => {
      expect(() => readMigrationName(typed)).to.throw(MigrationError, why);
    });
  }

  it('accepts the longest name that fits into application_name', () => {
    expect(renderRecordedName(0, readMigrationName('x'.repeat(58)))).to.have.lengthOf(63);
  });
});

describe('the name of a migration', () => {
  it('gives file, record and class', () => {
    const recordedName = renderRecordedName(12, 'add_2fa_to_users');
    expect(recordedName).to.equal('0012_add_2fa_to_users');
    expect(renderClassName(recordedName)).to.equal('Migration0012Add2faToUsers');
  });

  it('is cut at a word when it was made from a change that is too long to name', () => {
    const name = fitMigrationName(`change_${'learning_'.repeat(10)}goals`);
    expect(name).to.match(/_learning$/);
    expect(readMigrationName(name)).to.equal(name);
    expect(fitMigrationName('x'.repeat(80), 4)).to.have.lengthOf(54);
  });
});
