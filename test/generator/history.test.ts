import { expect } from 'chai';
import { MigrationError } from '../../src/errors.ts';
import { assertHistory, assertNameIsFree, nextNumber, readMigrationFiles } from '../../src/generator/history.ts';

describe('the numbers of migration files', () => {
  it('go up by one, whatever else lies in the folder', () => {
    const history = readMigrationFiles([
      '0001_b.ts',
      '0000_a.ts',
      'README.md',
      '0001_b.d.ts',
      'index.ts',
      '.0002_c.ts.7.draft',
    ]);
    expect(history.map(({ recordedName }) => recordedName)).to.deep.equal(['0000_a', '0001_b']);
    expect(() => assertHistory(history)).not.to.throw();
    expect(nextNumber(history)).to.equal(2);
  });

  it('begin with 0000', () => {
    expect(nextNumber([])).to.equal(0);
  });

  it('may begin above 0000, as after a rollup', () => {
    const history = readMigrationFiles(['0004_rollup_from_0000.ts', '0005_b.ts']);
    expect(() => assertHistory(history)).not.to.throw();
    expect(nextNumber(history)).to.equal(6);
  });

  it('may pass 9999', () => {
    expect(nextNumber(readMigrationFiles(['9999_a.ts', '10000_b.ts']))).to.equal(10001);
  });

  it('must not be taken twice: both files are named', () => {
    const history = readMigrationFiles(['0000_a.ts', '0001_b.ts', '0001_c.ts']);
    const error = catchError(() => assertHistory(history));
    expect(error.explanation.subject).to.equal('0001 is taken by 0001_b.ts and 0001_c.ts');
    expect(error.exitCode).to.equal(2);
  });

  it('must not leave a gap: the files on both sides are named', () => {
    const history = readMigrationFiles(['0000_a.ts', '0002_b.ts', '0006_c.ts']);
    expect(catchError(() => assertHistory(history)).explanation.subject).to.equal(
      '0001 is missing between 0000_a.ts and 0002_b.ts\n0003 to 0005 are missing between 0002_b.ts and 0006_c.ts',
    );
  });
});

describe('a name that another migration has', () => {
  it('is refused, whatever the number', () => {
    const history = readMigrationFiles(['0000_users.ts']);
    expect(catchError(() => assertNameIsFree(history, 'users')).explanation.happens).to.equal('0000_users.ts has it.');
    expect(() => assertNameIsFree(history, 'users_email')).not.to.throw();
  });
});

function catchError(work: () => void): MigrationError {
  try {
    work();
  } catch (error) {
    if (error instanceof MigrationError) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing was thrown');
}
