import { readdir } from 'node:fs/promises';
import { expect } from 'chai';
import { SettingsError } from '../../src/errors.ts';
import { type AcceptanceCase, deploy, withChange, withDecisions } from './harness.ts';
import { typeChangeCases } from './type-change-cases.ts';

describe('npm run migrate:create -- --keep-old', () => {
  const [testCase] = typeChangeCases as readonly [AcceptanceCase];

  it('keeps the old column beside the new one, so that the old release can come back at once', () =>
    withChange({ ...testCase, decisions: { keepOld: true } }, async ({ client, migrator, migrations }) => {
      expect((await readdir(migrations)).sort().slice(1)).to.deep.equal([
        '0001_notes_size_bigint.ts',
        '0002_notes_size_bigint_contract.ts',
        '0003_notes_size_bigint_cleanup.ts',
      ]);
      expect(await deploy(migrator), 'the contract waits for the release').to.deep.equal(['0001']);
      expect(await deploy(migrator), 'the cleanup waits for the next').to.deep.equal(['0002']);

      await client.query('update notes set size = 77 where id = 7; insert into notes (id, size) values (90, 9)');
      const { rows } = await client.query('select id, size, size_old from notes where id in (7, 8, 90) order by id');
      expect(rows).to.deep.equal([
        { id: 7, size: '77', size_old: 77 },
        { id: 8, size: '8', size_old: 8 },
        { id: 90, size: '9', size_old: 9 },
      ]);

      await migrator.down();
      const back = await client.query('select size, size_new from notes where id = 90');
      expect(back.rows, 'the old release has what the new one wrote').to.deep.equal([{ size: 9, size_new: '9' }]);
      expect(await deploy(migrator)).to.deep.equal(['0002']);
      expect(await deploy(migrator)).to.deep.equal(['0003']);
      expect(await migrator.checkSchema()).to.equal(false);

      const error = await withDecisions({ keepOld: true }, () => migrator.create()).catch(failed => failed);
      expect(error).to.be.instanceOf(SettingsError);
      expect(error.explanation.subject).to.match(/^--keep-old: /);
    }));
});
