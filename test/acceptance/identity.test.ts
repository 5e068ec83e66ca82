import { expect } from 'chai';
import { type AcceptanceCase, deploy, withChange } from './harness.ts';
import { typeChangeCases } from './type-change-cases.ts';

describe('a change of type of a column that numbers itself', () => {
  const testCase = typeChangeCases.find(({ name }) => name.includes('identity')) as AcceptanceCase;

  for (const keepOld of [false, true]) {
    it(`goes on with the numbers, there and back${keepOld ? ', with the old column kept' : ''}`, () =>
      withChange({ ...testCase, decisions: keepOld ? { keepOld } : {} }, async ({ client, migrator }) => {
        const insert = async (): Promise<number> =>
          Number((await client.query(`insert into people (name) values ('new') returning id`)).rows[0].id);
        await migrator.up();
        expect(await insert()).to.equal(21);
        await deploy(migrator);
        expect(await insert()).to.equal(22);
        await migrator.down();
        expect(await insert()).to.equal(23);
      }));
  }
});
