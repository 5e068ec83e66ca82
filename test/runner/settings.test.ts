import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import { expect } from 'chai';
import { renderError } from '../../src/errors.ts';
import { connectionOptions, OnlineMigrator, OnlineSchemaGenerator } from '../../src/index.ts';
import { DEFAULT_SETTINGS, readRunnerSettings } from '../../src/runner/settings.ts';
import { withDatabase } from '../support/database.ts';

describe('the settings of the runner', () => {
  it('come from the configuration, and from the environment, which wins', () => {
    expect(readRunnerSettings({}, {})).to.deep.equal(DEFAULT_SETTINGS);
    const env = { MIGRATE_LOCK_TIMEOUT_MS: '20', MIGRATE_MAX_ROWS_PER_SECOND: '1000' };
    expect(readRunnerSettings({ lockTimeoutMs: 30, backfillWorkers: 4 }, env)).to.deep.equal({
      ...DEFAULT_SETTINGS,
      lockTimeoutMs: 20,
      maxRowsPerSecond: 1000,
      backfillWorkers: 4,
    });
  });

  it('are named all at once when they are bad', () => {
    const read = (): unknown => readRunnerSettings({ backfillWorkers: 1.5 }, { MIGRATE_LOCK_TIMEOUT_MS: '40ms' });
    expect(read)
      .to.throw()
      .satisfies((error: unknown) => {
        const text = renderError(error);
        expect(text).to.include('MIGRATE_LOCK_TIMEOUT_MS: came 40ms, expected a whole number from 1');
        expect(text).to.include('backfillWorkers: came 1.5');
        return true;
      });
  });

  it('reach a migrator that is registered with some of its own', () =>
    withDatabase(async ({ url }) => {
      const orm = await MikroORM.init(
        defineConfig({
          entities: [],
          discovery: { warnWhenNoEntities: false },
          extensions: [OnlineSchemaGenerator, OnlineMigrator.with({ lockTimeoutMs: 0 })],
          migrations: { path: '/nonexistent', silent: true },
          ...(await connectionOptions({ env: { ...process.env, DATABASE_URL: url }, cwd: import.meta.dirname })),
        }),
      );
      try {
        expect(orm.migrator).to.be.instanceOf(OnlineMigrator);
        const failed = await orm.migrator.up().catch(error => error);
        expect(renderError(failed)).to.include('lockTimeoutMs: came 0');
      } finally {
        await orm.close(true);
      }
    }));
});
