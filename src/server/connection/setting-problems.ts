/**
 * What is wrong with the settings, collected so that a person reads all of it at once.
 */
import { SettingsError } from '../../errors.ts';

export interface SettingProblem {
  /** `PGPORT`, `port in DATABASE_URL`. */
  readonly name: string;
  /** What stands there, quoted; described in words where it is, or may be a part of, a password. */
  readonly came: string;
  readonly expected: string;
}

/** One error for every problem of `problems`, of which there is at least one. */
export function settingsError(problems: readonly SettingProblem[]): SettingsError {
  const [first] = problems;
  return new SettingsError({
    title: problems.length === 1 && first ? `Wrong setting: ${first.name}` : `${problems.length} wrong settings`,
    happens: problems.map(({ name, came, expected }) => `${name} is ${came}; expected ${expected}.`).join('\n'),
    remedy: [
      'Correct it and run the command again. A connection URL looks like',
      'postgresql://user@host:5432/database?sslmode=require',
    ],
    left: 'Nothing was connected to.',
    reference: 'docs/connecting.md',
  });
}

const LONGEST_SHOWN = 60;

/** `value` in quotes, its control characters escaped, cut where it gets long. Not for what may hold a password. */
export function quoted(value: string): string {
  const text = JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
  return text.replaceAll('\u007f', '\\u007f');
}

/** True when `text` holds a character that no host, user or database is meant to have: line breaks, escapes, NUL. */
export function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
