/** The one notion of "production". Pure. */

/** True where `NODE_ENV` or `MIGRATION_ENV` says so. */
export function isProduction(env: NodeJS.ProcessEnv): boolean {
  return env.NODE_ENV === 'production' || env.MIGRATION_ENV === 'production';
}
