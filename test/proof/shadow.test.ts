import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { ServerError, SettingsError } from '../../src/errors.ts';
import { withShadowDatabase, withShadowServer } from '../../src/proof/shadow.ts';
import { shadowName } from '../../src/proof/shadow-name.ts';
import { withClient } from '../support/database.ts';
import { shadowOptions } from '../support/shadow.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const options = shadowOptions;
const maintenance = (): string => String(options().env.SHADOW_DATABASE_URL);

describe('withShadowDatabase', () => {
  it('gives an empty database that is gone afterwards, with whoever is still connected', async () => {
    const other = await withShadowDatabase(options(), async ({ name, client, connection }) => {
      const { rows } = await client.query(
        `select current_database() as name, (select count(*)::int from pg_class where relnamespace = 'public'::regnamespace) as relations`,
      );
      expect(rows).to.deep.equal([{ name, relations: 0 }]);
      const forgotten = new pg.Client(connection);
      forgotten.on('error', () => undefined);
      await forgotten.connect();
      return { name, forgotten };
    });
    expect(await exists(other.name)).to.equal(false);
    await other.forgotten.end().catch(() => undefined);
  });

  it('drops it when the work fails too', async () => {
    let name = '';
    const failed = await withShadowDatabase(options(), async database => {
      name = database.name;
      throw new Error('no');
    }).catch(error => error);
    expect(failed).to.have.property('message', 'no');
    expect(await exists(name)).to.equal(false);
  });

  it('drops what killed runs left, and nothing that is in use or called otherwise', async () => {
    const longAgo = (Date.now() - 3_600_000).toString(36);
    const own = shadowName().split('_');
    const dead = own.with(2, '999999999').join('_');
    const old = own.with(1, 'ffffff').with(3, longAgo).join('_');
    const elsewhere = own.with(1, 'fffffe').join('_');
    const theirs = `shadow_of_${own[4]}`;
    const made = [dead, old, elsewhere, theirs];
    await withClient(maintenance(), async client => {
      for (const name of made) {
        await client.query(`create database ${name}`);
      }
    });
    const inUse = own.with(1, 'ffffff').with(3, longAgo).with(4, '0a0b0c').join('_');
    await withClient(maintenance(), client => client.query(`create database ${inUse}`));
    const kept = await withClient(maintenance().replace(/postgres$/, inUse), () =>
      withShadowServer(options(), async () => Promise.all([...made, inUse].map(exists))),
    );
    expect(kept).to.deep.equal([false, false, true, true, true]);
    await withClient(maintenance(), async client => {
      for (const name of [elsewhere, theirs, inUse]) {
        await client.query(`drop database ${name} with (force)`);
      }
    });
  });

  it('explains a role that may not create databases', async () => {
    const role = `poor_${shadowName().slice(-6)}`;
    await withClient(maintenance(), client => client.query(`create role ${role} login password 'x'`));
    const url = new URL(maintenance());
    [url.username, url.password] = [role, 'x'];
    const refused = await withShadowDatabase(
      { ...options(), env: { SHADOW_DATABASE_URL: url.href } },
      async () => 1,
    ).catch(error => error);
    await withClient(maintenance(), client => client.query(`drop role ${role}`));
    expect(refused).to.be.instanceOf(ServerError);
    expect(refused.explanation.happens).to.equal('The role of SHADOW_DATABASE_URL may not create databases.');
  });

  it('says what to set where there is neither SHADOW_DATABASE_URL nor an embedded server', async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, '.postgres', 'data'), { recursive: true });
    const refused = await withShadowDatabase({ env: {}, cwd: folder.path }, async () => 1).catch(error => error);
    expect(refused).to.be.instanceOf(ServerError);
    expect(refused.explanation.title).to.equal('There is no server for a shadow database');
    expect(refused.explanation.remedy[0]).to.match(/^SHADOW_DATABASE_URL=postgresql:/);
  });

  it('names the setting that is wrong', async () => {
    const env = { SHADOW_DATABASE_URL: 'mysql://x' };
    const refused = await withShadowDatabase({ ...options(), env }, async () => 1).catch(error => error);
    expect(refused).to.be.instanceOf(SettingsError);
    expect(JSON.stringify(refused.explanation)).to.include('SHADOW_DATABASE_URL');
  });
});

function exists(name: string): Promise<boolean> {
  return withClient(maintenance(), async client => {
    const { rows } = await client.query('select from pg_database where datname = $1', [name]);
    return rows.length > 0;
  });
}
