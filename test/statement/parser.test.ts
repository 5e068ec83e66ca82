import { join } from 'node:path';
import { expect } from 'chai';
import { repository, runNode } from '../support/project.ts';

const READS_MANY = `
  const { readStatements } = await import(${JSON.stringify(join(repository, 'src/statement/read.ts'))});
  for (let position = 0; position < 50; position++) {
    await readStatements('create table a (b int, c text default now(), check (b > 3)); alter table a add column d text null');
  }
`;

describe('the parser', () => {
  it('is never handed to the optimizing compiler, which takes longer than all that it reads', async () => {
    const args = ['--trace-wasm-compilation-times', '--input-type=module', '--eval', READS_MANY];
    const { code, stdout, stderr } = await runNode(args, { cwd: repository, env: process.env });
    expect(code, stderr).to.equal(0);
    const compiled = [...stdout.matchAll(/ using (\w+), .* bodysize (\d+)/g)];
    const large = compiled.filter(([, , size]) => Number(size) > 50_000).map(([, compiler]) => compiler);
    expect(new Set(large)).to.deep.equal(new Set(['Liftoff']));
  });
});
