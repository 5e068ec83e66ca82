/** What a DBA sees of us in pg_stat_activity, and what our other processes read there. Pure. */

import { escapeLiteral } from 'pg';

/** What a session of ours is doing. */
export interface Activity {
  readonly method: 'up' | 'down';
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  readonly migration: string;
}

export const WAITING = 'sunschool-db waiting';
export const WATCHER = 'sunschool-db watcher';
export const PREPARING = 'sunschool-db preparing';

/** PostgreSQL cuts names at NAMEDATALEN - 1 bytes. https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-APPLICATION-NAME */
const LONGEST = 63;

/** `sunschool-db up 2/5 0013_populate_grade_levels`, or `sunschool-db worker up 2/5 …` of a session beside the pinned one. */
export function renderApplicationName({ method, step, steps, migration }: Activity, role?: 'worker'): string {
  return `sunschool-db ${role ? `${role} ` : ''}${method} ${step}/${steps} ${migration}`.slice(0, LONGEST);
}

/** The reverse; the name of the migration may have been cut. @returns undefined for any other name. */
export function readApplicationName(text: string): Activity | undefined {
  const match = /^sunschool-db (?:worker )?(up|down) (\d+)\/(\d+) (.+)$/.exec(text);
  return match
    ? {
        method: match[1] as 'up' | 'down',
        step: Number(match[2]),
        steps: Number(match[3]),
        migration: match[4] ?? '',
      }
    : undefined;
}

/** The statement by which a session says what it does. */
export function applicationNameSql(activity: Activity): string {
  return `set application_name = ${escapeLiteral(renderApplicationName(activity))}`;
}
