/** The one notion of "production" in the environment; a database can be marked as well, see protection.ts. Pure. */

const VARIABLES = ['NODE_ENV', 'MIGRATION_ENV'] as const;

/** The variable that says `production`; either is enough, neither takes the other back. */
export function productionVariable(env: NodeJS.ProcessEnv): (typeof VARIABLES)[number] | undefined {
  return VARIABLES.find(variable => env[variable]?.trim().toLowerCase() === 'production');
}

/** True where `NODE_ENV` or `MIGRATION_ENV` says so. */
export function isProduction(env: NodeJS.ProcessEnv): boolean {
  return productionVariable(env) !== undefined;
}
