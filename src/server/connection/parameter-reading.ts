/**
 * What the readers of a connection string fill: parameters by libpq's names, and what is wrong with the text.
 */
import { connectionParameters, foreignParameters, similarParameter } from './parameters.ts';
import { quoted, type SettingProblem } from './setting-problems.ts';

export interface ReadParameters {
  /** By libpq's names (`host`, `dbname`, …), decoded. `host` and `port` may be lists with commas. */
  readonly values: ReadonlyMap<string, string>;
  /** Names of parameters whose value must not be shown. */
  readonly concealed: ReadonlySet<string>;
  readonly problems: readonly SettingProblem[];
}

export interface Reading extends ReadParameters {
  /** Where the text stands, for problems: `DATABASE_URL`. */
  readonly source: string;
  readonly values: Map<string, string>;
  readonly concealed: Set<string>;
  readonly problems: SettingProblem[];
}

export const NOT_SHOWN = 'not shown, as it may be part of a password';

/** Stands in {@link ReadParameters.concealed} for the names of parameters that do not exist. */
export const UNKNOWN_NAMES = 'unknown names';

export function startReading(source: string): Reading {
  return { source, values: new Map(), concealed: new Set(['password', 'sslpassword']), problems: [] };
}

/**
 * Takes over one decoded parameter, or notes that there is none of that name. The last one of a name wins. `ssl=true` and
 * `requiressl` are older spellings that libpq goes on reading.
 */
export function storeParameter(reading: Reading, name: string, value: string): void {
  if (name === 'ssl' && value === 'true') {
    reading.values.set('sslmode', 'require');
  } else if (name === 'requiressl') {
    reading.values.set('sslmode', value.startsWith('1') ? 'require' : 'prefer');
  } else if (Object.hasOwn(connectionParameters, name)) {
    reading.values.set(name, value);
  } else {
    reading.problems.push(unknownParameter(name, reading));
  }
}

function unknownParameter(name: string, { source, concealed }: Reading): SettingProblem {
  const instead = Object.hasOwn(foreignParameters, name) ? foreignParameters[name] : similarParameter(name);
  const isShown = instead !== undefined || !concealed.has(UNKNOWN_NAMES);
  return {
    name: `${isShown ? quoted(name) : 'a parameter'} in ${source}`,
    came: isShown ? 'no parameter that psql knows' : `no parameter that psql knows, and ${NOT_SHOWN}`,
    expected: instead ?? 'one of docs/connecting.md',
  };
}
