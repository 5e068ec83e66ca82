/**
 * Where each connection parameter comes from. As libpq: the connection string, then the service it or PGSERVICE names, then
 * the environment. https://www.postgresql.org/docs/current/libpq-envars.html
 */

import type { Environment } from './environment.ts';
import { NOT_SHOWN } from './parameter-reading.ts';
import { connectionParameters } from './parameters.ts';
import { readService } from './service-file.ts';
import { hasControlCharacter, quoted, type SettingProblem } from './setting-problems.ts';
import { readConnectionString } from './string.ts';

export interface GivenParameter {
  readonly value: string;
  /** For people: `port in DATABASE_URL`, `PGPORT`, `port in the service "school"`. */
  readonly name: string;
  readonly concealed: boolean;
}

export interface GivenParameters {
  /** Undefined when nothing gives it, or gives an empty value: libpq's default counts. */
  get(parameter: string): GivenParameter | undefined;
  readonly problems: SettingProblem[];
}

/** Collects the parameters behind the connection string `text`, which stands in the variable `source`. Throws nothing. */
export function collectParameters(
  text: string,
  { source, env }: { source: string; env: Environment },
): GivenParameters {
  const found = new Map<string, GivenParameter>();
  const { values, concealed, problems: read } = readConnectionString(text, source);
  const problems = [...read];
  for (const [parameter, value] of values) {
    found.set(parameter, { value, name: `${parameter} in ${source}`, concealed: concealed.has(parameter) });
  }
  const service = readService({ service: values.get('service'), file: values.get('servicefile'), env });
  problems.push(...service.problems);
  const secret = (parameter: string) => parameter === 'password' || parameter === 'sslpassword';
  for (const [parameter, { value, name }] of [...service.values, ...environmentValues(env)]) {
    if (!found.has(parameter)) {
      found.set(parameter, { value, name, concealed: secret(parameter) });
    }
  }
  problems.push(...[...found].flatMap(([parameter, given]) => valueProblem(parameter, given) ?? []));
  return { problems, get: parameter => (found.get(parameter)?.value ? found.get(parameter) : undefined) };
}

function environmentValues(env: Environment): [string, { value: string; name: string }][] {
  return Object.entries(connectionParameters).flatMap(([parameter, { variable }]) => {
    const value = variable && env[variable];
    return variable && value ? [[parameter, { value, name: variable }]] : [];
  });
}

/** What is wrong with a value whatever its parameter means: control characters, or a wish that cannot be kept. */
function valueProblem(parameter: string, given: GivenParameter): SettingProblem | undefined {
  const { use, unless, instead } = connectionParameters[parameter] ?? {};
  if (use === 'refused' && given.value !== '' && !unless?.includes(given.value.toLowerCase())) {
    return badValue(given, instead ?? `no ${parameter}`);
  }
  const isFreeText = ['password', 'sslpassword', 'options'].includes(parameter);
  return !isFreeText && hasControlCharacter(given.value) ? badValue(given, 'no control characters') : undefined;
}

/** The problem that `given` is not what was `expected`. */
export function badValue({ name, value, concealed }: GivenParameter, expected: string): SettingProblem {
  return { name, came: concealed ? NOT_SHOWN : quoted(value), expected };
}
