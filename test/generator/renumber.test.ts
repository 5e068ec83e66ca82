import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { RefusedError } from '../../src/errors.ts';
import { readHistory, readMigrationFiles } from '../../src/generator/history.ts';
import { moveFiles } from '../../src/generator/move-files.ts';
import { planRenumbering, renumberSource } from '../../src/generator/renumber.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('migrate:renumber', () => {
  const plan = (files: string[], fixed: { recorded?: string[]; main?: string[] } = {}): string[] => {
    const { moves, leftOver } = planRenumbering(readMigrationFiles(files), {
      recorded: new Set(fixed.recorded ?? []),
      ...(fixed.main ? { base: { ref: 'origin/main', files: new Set(fixed.main) } } : {}),
    });
    return [
      ...leftOver.map(({ file }) => `- ${file}`),
      ...moves.map(({ from, recordedName }) => `${from.file} ${recordedName}`),
    ];
  };

  it('moves nothing in a history without a fault', () => {
    expect(plan([])).to.deep.equal([]);
    expect(plan(['0000_a.ts', '0001_b.ts', '0002_c.ts'], { recorded: ['0000_a'] })).to.deep.equal([]);
    expect(plan(['0007_a.ts', '0008_b.ts'])).to.deep.equal([]);
  });

  it('moves what is neither executed nor on the main branch, the last one first', () => {
    const files = ['0000_a.ts', '0001_mine.ts', '0001_theirs.ts', '0002_mine_too.ts'];
    const moved = ['0002_mine_too.ts 0003_mine_too', '0001_mine.ts 0002_mine'];
    expect(plan(files, { main: ['0000_a.ts', '0001_theirs.ts'] })).to.deep.equal(moved);
    expect(plan(files, { recorded: ['0000_a', '0001_theirs'] })).to.deep.equal(moved);
  });

  it('closes a gap in front of it', () => {
    expect(plan(['0000_a.ts', '0003_b.ts', '0004_c.ts'], { main: ['0000_a.ts'] })).to.deep.equal([
      '0003_b.ts 0001_b',
      '0004_c.ts 0002_c',
    ]);
  });

  it('refuses where both have to stay, or either could', () => {
    const files = ['0000_a.ts', '0001_b.ts', '0001_c.ts'];
    for (const [fixed, why] of [
      [
        { recorded: ['0000_a', '0001_b'], main: ['0001_c.ts'] },
        '0001_b.ts (executed here) and 0001_c.ts (on origin/main)',
      ],
      [{ recorded: ['0000_a'], main: ['0000_a.ts'] }, '0001 is taken by 0001_b.ts and 0001_c.ts'],
      [{}, '0001 is taken by 0001_b.ts and 0001_c.ts'],
    ] as const) {
      expect(() => plan(files, { ...fixed } as never))
        .to.throw(RefusedError)
        .with.property('explanation')
        .with.property('subject')
        .that.includes(why);
    }
  });

  it('changes recorded name, header and class, and nothing that only begins so', () => {
    const source = ` * Migration: 0001_mine\nexport class Migration0001Mine extends X {\n  name = '0001_mine'; // not 0001_mine_too, Migration0001MineToo\n}`;
    expect(renumberSource(source, '0001_mine', '0002_mine')).to.equal(
      ` * Migration: 0002_mine\nexport class Migration0002Mine extends X {\n  name = '0002_mine'; // not 0001_mine_too, Migration0001MineToo\n}`,
    );
  });

  it('loses no file when it is killed, wherever that is: the next run ends the work', async () => {
    await using folder = await temporaryFolder();
    const fixed = { recorded: new Set<string>(), base: { ref: 'main', files: new Set(['0000_theirs.ts']) } };
    const files = ['0000_mine.ts', '0000_theirs.ts', '0001_mine_too.ts'];
    const run = async (directory: string): Promise<void> => {
      const history = await readHistory(directory);
      await moveFiles(directory, planRenumbering(history, fixed), history);
    };
    // after each of the two files is written, and after it is removed
    for (const left of [
      [...files, '0002_mine_too.ts'],
      ['0000_mine.ts', '0000_theirs.ts', '0002_mine_too.ts'],
      ['0000_mine.ts', '0000_theirs.ts', '0001_mine.ts', '0002_mine_too.ts'],
    ]) {
      const directory = await mkdtemp(join(folder.path, 'killed-'));
      for (const file of left) {
        await writeFile(join(directory, file), `// ${file.replace('.ts', '')}`);
      }
      await run(directory);
      expect((await readdir(directory)).sort()).to.deep.equal(['0000_theirs.ts', '0001_mine.ts', '0002_mine_too.ts']);
      expect(await readFile(join(directory, '0002_mine_too.ts'), 'utf8')).to.equal('// 0002_mine_too');
    }
  });

  it('gives a contract the new name of its expand, killed in between or not', async () => {
    await using folder = await temporaryFolder();
    const fixed = { recorded: new Set<string>(), base: { ref: 'main', files: new Set(['0000_theirs.ts']) } };
    const contract = (number: string, expand: string): string => `// ${number}_b_contract\ncontracts = '${expand}_b';`;
    for (const left of [
      { '0000_b.ts': '// 0000_b', '0001_b_contract.ts': contract('0001', '0000') },
      {
        '0000_b.ts': '// 0000_b',
        '0001_b_contract.ts': contract('0001', '0000'),
        '0002_b_contract.ts': contract('0002', '0001'),
      },
    ]) {
      const directory = await mkdtemp(join(folder.path, 'pair-'));
      for (const [file, text] of Object.entries({ '0000_theirs.ts': '', ...left })) {
        await writeFile(join(directory, file), text);
      }
      const history = await readHistory(directory);
      await moveFiles(directory, planRenumbering(history, fixed), history);
      expect((await readdir(directory)).sort()).to.deep.equal(['0000_theirs.ts', '0001_b.ts', '0002_b_contract.ts']);
      expect(await readFile(join(directory, '0002_b_contract.ts'), 'utf8')).to.equal(contract('0002', '0001'));
    }
  });

  it('does not take two files of one name for copies when they differ', async () => {
    await using folder = await temporaryFolder();
    for (const [file, text] of [
      ['0000_a.ts', '1'],
      ['0001_a.ts', '2'],
    ] as const) {
      await writeFile(join(folder.path, file), text);
    }
    const history = await readHistory(folder.path);
    const failure = await moveFiles(folder.path, planRenumbering(history, { recorded: new Set() }), history).catch(
      error => error,
    );
    expect(failure).to.be.instanceOf(RefusedError);
    expect(await readdir(folder.path)).to.have.length(2);
  });
});
