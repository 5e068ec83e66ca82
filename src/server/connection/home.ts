import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Environment } from './environment.ts';

/** The folder in which libpq looks for a person's files; undefined where there is none. */
export function homeDirectory(env: Environment): string | undefined {
  if (process.platform === 'win32') {
    return env.APPDATA && join(env.APPDATA, 'postgresql');
  }
  return env.HOME || systemUser()?.homedir || undefined;
}

/** The operating system's name of whoever runs us; undefined in a container whose user id has no name. */
export function systemUserName(): string | undefined {
  return systemUser()?.username;
}

function systemUser(): { username: string; homedir: string } | undefined {
  try {
    return userInfo();
  } catch {
    return undefined;
  }
}
