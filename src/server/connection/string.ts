/**
 * Reads what `DATABASE_URL` holds, as libpq (and so psql) does: a URI or `name=value` pairs. Pure: no defaults, no files.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
 */

import { readConninfo } from './conninfo.ts';
import { type ReadParameters, startReading } from './parameter-reading.ts';
import { hasControlCharacter, type SettingProblem } from './setting-problems.ts';
import { readConnectionUrl } from './url.ts';

/** Reads a connection URI or conninfo string; `source` names it in the problems. Throws nothing. */
export function readConnectionString(text: string, source: string): ReadParameters {
  const reading = startReading(source);
  if (hasControlCharacter(text)) {
    reading.problems.push({ name: source, came: describeControl(text), expected: 'a connection URL and nothing else' });
  } else if (/^ *postgres(ql)?:\/\//.test(text)) {
    readConnectionUrl(text.trim(), reading);
  } else if (text.includes('=') && !SCHEME.test(text)) {
    readConninfo(text, reading);
  } else {
    reading.problems.push(noConnectionString(text, source));
  }
  return reading;
}

const SCHEME = /^["' ]*([a-z][a-z0-9+.:-]*):\/\//i;

function describeControl(text: string): string {
  return /^\P{Cc}*[\r\n]+$/u.test(text) ? 'a text that ends in a line break' : 'a text with control characters';
}

/** psql would take a single word for the name of a database; in a setting named URL it is more likely a mistake. */
function noConnectionString(text: string, source: string): SettingProblem {
  const [, scheme] = SCHEME.exec(text) ?? [];
  const came = scheme ? `an address that begins with "${scheme}://"` : 'something else than a connection URL';
  const inQuotes = /^["']/.test(text) ? ', without quotes around it' : '';
  return { name: source, came, expected: `postgresql://host/database${inQuotes}` };
}
