/**
 * How to tell that this is a deployed program and not somebody's machine.
 */
import type { Environment } from './connection/environment.ts';
import { productionVariable } from './production.ts';

export interface Hosting {
  /** The variable that tells. */
  readonly variable: string;
  /** Undefined where the variable says `production` itself. */
  readonly platform: string | undefined;
}

/** A variable that each platform sets in what it runs, from its own documentation. An empty value does not count. */
const MARKERS: readonly Hosting[] = [
  { variable: 'DYNO', platform: 'Heroku' },
  { variable: 'RENDER', platform: 'Render' },
  { variable: 'RAILWAY_ENVIRONMENT', platform: 'Railway' },
  { variable: 'RAILWAY_ENVIRONMENT_NAME', platform: 'Railway' },
  { variable: 'FLY_APP_NAME', platform: 'Fly.io' },
  { variable: 'VERCEL', platform: 'Vercel' },
  { variable: 'NETLIFY', platform: 'Netlify' },
  { variable: 'KUBERNETES_SERVICE_HOST', platform: 'Kubernetes' },
  { variable: 'K_SERVICE', platform: 'Google Cloud Run' },
  { variable: 'CLOUD_RUN_JOB', platform: 'Google Cloud Run' },
  { variable: 'GAE_APPLICATION', platform: 'Google App Engine' },
  { variable: 'AWS_LAMBDA_FUNCTION_NAME', platform: 'AWS Lambda' },
  { variable: 'AWS_EXECUTION_ENV', platform: 'AWS' },
  { variable: 'ECS_CONTAINER_METADATA_URI', platform: 'Amazon ECS' },
  { variable: 'ECS_CONTAINER_METADATA_URI_V4', platform: 'Amazon ECS' },
  { variable: 'WEBSITE_SITE_NAME', platform: 'Azure App Service' },
  { variable: 'CONTAINER_APP_NAME', platform: 'Azure Container Apps' },
  { variable: 'CF_PAGES', platform: 'Cloudflare Pages' },
  { variable: 'VCAP_APPLICATION', platform: 'Cloud Foundry' },
  { variable: 'PLATFORM_APPLICATION_NAME', platform: 'Platform.sh' },
  { variable: 'KOYEB_APP_NAME', platform: 'Koyeb' },
  { variable: 'REPLIT_DEPLOYMENT', platform: 'Replit' },
];

/** What marks this as production or as a hosting platform; undefined on a machine where development goes on. */
export function findHosting(env: Environment): Hosting | undefined {
  const variable = productionVariable(env);
  return variable ? { variable, platform: undefined } : MARKERS.find(({ variable }) => env[variable]);
}
