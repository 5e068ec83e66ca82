/**
 * Reads `host=localhost dbname='my school'`, the other form of a connection string.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE
 */
import { type Reading, storeParameter, UNKNOWN_NAMES } from './parameter-reading.ts';

/** Adds the parameters of `text` to `reading`; stops at the first mistake, behind which nothing can be told apart. */
export function readConninfo(text: string, reading: Reading): void {
  // Spaces around "=" are allowed; a value ends at a space unless it is quoted; a backslash makes the next character literal.
  const pair = /\s*(?<name>[^=\s]+)\s*=\s*(?:'(?<quoted>(?:\\.|[^'\\])*)(?<end>'?)|(?<plain>(?:\\.|[^\s\\])*)\\?)\s*/y;
  const length = text.trimEnd().length;
  while (pair.lastIndex < length) {
    const groups = pair.exec(text)?.groups;
    if (!groups?.name || groups.end === '') {
      const came = groups?.end === '' ? 'a text with an open single quote' : 'a text with a word that no "=" follows';
      reading.problems.push({ name: reading.source, came, expected: "name=value pairs, name='two words'" });
      return;
    }
    storeParameter(reading, groups.name, (groups.quoted ?? groups.plain ?? '').replace(/\\(.)/g, '$1'));
    if (groups.name === 'password') {
      // its second word, where quotes were forgotten, may look like the name of a parameter
      reading.concealed.add(UNKNOWN_NAMES);
    }
  }
}
