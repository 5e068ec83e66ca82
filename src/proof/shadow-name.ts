/** What shadow databases are called, so that those of killed runs can be told from those in use. */
import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

const PATTERN = /^shadow_([0-9a-f]{6})_(\d+)_([0-9a-z]{8,9})_[0-9a-f]{6}$/;

/** For `datname ~`: a superset, since `isLeftOver` has the last word. */
export const SHADOW_NAMES = '^shadow_[0-9a-f]{6}_[0-9]+_[0-9a-z]{8,9}_[0-9a-f]{6}$';

/** `shadow_<machine>_<pid>_<time>_<random>` */
export function shadowName(): string {
  const parts = [machine(), process.pid, Date.now().toString(36), randomBytes(3).toString('hex')];
  return `shadow_${parts.join('_')}`;
}

/** Between the making of a database and its first session. */
const STARTING_MS = 60_000;

/**
 * Whoever works on a shadow database is connected to it. On this machine a process that is gone is proof enough; one on
 * another machine may have made it this moment.
 */
export function isLeftOver(name: string, sessions: number): boolean {
  const [, host, pid, time = ''] = PATTERN.exec(name) ?? [];
  if (host === undefined || sessions > 0) {
    return false;
  }
  const isOld = Date.now() - Number.parseInt(time, 36) > STARTING_MS;
  return isOld || (host === machine() && !isAlive(Number(pid)));
}

function machine(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 6);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
