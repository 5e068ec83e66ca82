/** The public names. */
export { ExplainedError, MigrationError, RefusedError, ServerError, SettingsError } from './errors.ts';
export { OnlineMigration } from './migration.ts';
export { OnlineMigrator } from './migrator.ts';
export { OnlineSchemaGenerator } from './schema-generator.ts';
export { OnlineSeedManager } from './seed-manager.ts';
export { connectionOptions } from './server/settings.ts';
