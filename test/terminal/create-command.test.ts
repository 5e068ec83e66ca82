import { expect } from 'chai';
import { renderCreateCommand, renderFlag } from '../../src/terminal/create-command.ts';

describe('the command line to type', () => {
  it('has what was typed, and the answers behind it, quoted where a shell needs it', () => {
    const argv = ['node', 'main.ts', 'migrate:create', '-n', 'grades', '--purpose', 'x', '--drop', 'a.b', '--dump'];
    const env = { MIGRATE_PURPOSE: "Every learner's grade", MIGRATE_DROP: 'a.b\nc' };
    expect(renderCreateCommand(argv, env, ['--fill a.c=coalesce(x, 5)'])).to.equal(
      `npm run migrate:create -- --name grades --purpose 'Every learner'\\''s grade' --drop a.b --drop c --fill 'a.c=coalesce(x, 5)'`,
    );
    expect(renderCreateCommand(['node', 'cli.js', 'migration:create', '--name=x'], {}, [])).to.equal(
      'npm run migrate:create -- --name x',
    );
  });

  it('quotes nothing else', () => {
    expect(renderFlag('--rename users.name:display_name')).to.equal('--rename users.name:display_name');
  });
});
