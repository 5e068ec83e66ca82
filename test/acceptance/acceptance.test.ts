import { expect } from 'chai';
import { lint, type SqlFile } from '../support/squawk.ts';
import { cases } from './cases.ts';
import { found } from './found-cases.ts';
import { prove } from './harness.ts';
import { proveRefused, refused } from './refused.ts';

describe('a change of the entities', () => {
  const files: SqlFile[] = [];
  const onFile = (file: SqlFile) => void files.push(file);

  for (const testCase of cases) {
    it(`goes up, down and up again: ${testCase.name}`, () => prove(testCase, { onFile }));
    it(`does so on PostgreSQL 15: ${testCase.name}`, () => prove(testCase, { onFile, major: 15 }));
  }

  for (const testCase of found) {
    it(`goes up, down and up again: ${testCase.name}`, () => prove(testCase, { onFile }));
  }

  for (const testCase of refused) {
    it(`is refused with the way out: ${testCase.name}`, () => proveRefused(testCase));
    it(`is refused on PostgreSQL 15: ${testCase.name}`, () => proveRefused(testCase, { major: 15 }));
  }

  it('gives files that squawk has nothing to say about', async () => {
    expect(files.length, 'files').to.be.greaterThan(0);
    expect(await lint(files)).to.deep.equal([]);
  });
});
