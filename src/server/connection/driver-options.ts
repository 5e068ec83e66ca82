/**
 * Settings as pg takes them, directly or through MikroORM.
 */
import type { ConnectionOptions } from 'node:tls';
import { MissingPasswordError } from './login-errors.ts';
import type { ConnectionSettings, HostSettings } from './settings.ts';
import { sslOption } from './ssl.ts';

/** One server, and whether to speak TLS with it. */
export interface ChosenServer {
  readonly host: HostSettings;
  readonly tls: boolean;
}

/** What MikroORM does not know by itself; it hands these to the pool of pg as they are. */
export interface DriverOptions {
  readonly ssl: false | ConnectionOptions;
  readonly sslnegotiation: 'postgres' | 'direct';
  readonly application_name: string;
  readonly options?: string;
  /** 0 waits for ever. In a pool it is also the longest wait for a free connection. */
  readonly connectionTimeoutMillis: number;
  readonly keepAlive: boolean;
  readonly keepAliveInitialDelayMillis: number;
  readonly enableChannelBinding: boolean;
}

/** Everything is set, so that pg finds nothing to fill in from the environment in its own way. */
export function driverOptions(settings: ConnectionSettings, { host, tls }: ChosenServer): DriverOptions {
  return {
    ssl: tls ? sslOption(settings.tls, host) : false,
    sslnegotiation: tls && settings.tls.direct ? 'direct' : 'postgres',
    application_name: settings.applicationName,
    ...(settings.serverOptions && { options: settings.serverOptions }),
    connectionTimeoutMillis: settings.connectTimeoutMs,
    keepAlive: settings.keepAlive,
    // the operating system's two hours would leave a run waiting for a network that is gone
    keepAliveInitialDelayMillis: settings.keepAliveIdleMs ?? 10_000,
    enableChannelBinding: settings.requiresChannelBinding,
  };
}

/** A password, or what pg calls when the server asks for one and there is none. */
export type Password = string | (() => Promise<string>);

/** Without a password pg would look for one itself, with rules of its own; being asked must end with a clear error. */
export function passwordOption({ password }: HostSettings): Password {
  return password ?? (() => Promise.reject(new MissingPasswordError()));
}
