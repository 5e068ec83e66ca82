import { expect } from 'chai';
import { withClient, withDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type AcceptanceCase, makeProject, withDecisions, withMigrator } from './harness.ts';
import { typeChangeCases } from './type-change-cases.ts';

describe('a change of type of a column that numbers itself', () => {
  const testCase = typeChangeCases.find(({ name }) => name.includes('identity')) as AcceptanceCase;

  for (const keepOld of [false, true]) {
    it(`goes on with the numbers, there and back${keepOld ? ', with the old column kept' : ''}`, async () => {
      using folder = temporaryFolder();
      const migrations = await makeProject(folder.path, testCase);
      await withDatabase(({ url }) =>
        withClient(url, async client => {
          const at = { url, migrations };
          const insert = async (): Promise<number> =>
            Number((await client.query(`insert into people (name) values ('new') returning id`)).rows[0].id);
          await withMigrator({ ...at, entities: testCase.before }, async migrator => {
            await migrator.create(undefined, false, false, 'before');
            await migrator.up();
          });
          await client.query(testCase.rows);
          await withMigrator({ ...at, entities: testCase.after }, async migrator => {
            await withDecisions(keepOld ? { keepOld } : {}, () => migrator.create());
            await migrator.up();
            expect(await insert()).to.equal(21);
            process.env.MIGRATE_CONTRACT = '1';
            await migrator.up().finally(() => delete process.env.MIGRATE_CONTRACT);
            expect(await insert()).to.equal(22);
            await migrator.down();
            expect(await insert()).to.equal(23);
          });
        }),
      );
    });
  }
});
