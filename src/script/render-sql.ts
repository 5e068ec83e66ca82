/** Pieces of SQL text. Pure. */

/** A statement with its semicolon; a comment at its end must not swallow that. */
export function terminated(sql: string): string {
  const text = sql.trimEnd();
  const lastLine = text.slice(text.lastIndexOf('\n') + 1);
  return lastLine.includes('--') ? `${text}\n;` : `${text};`;
}

/** A block of PL/pgSQL. @param body from `declare` or `begin` to `end`, without a semicolon behind it. */
export function doBlock(tag: string, body: string): string {
  return `do ${dollarQuoted(tag, `\n${body}\n`)};`;
}

/** As a literal that needs no escapes: the tag is one that does not occur in it. */
export function dollarQuoted(tag: string, text: string): string {
  let quote = `$${tag}$`;
  for (let number = 2; text.includes(quote); number++) {
    quote = `$${tag}${number}$`;
  }
  return `${quote}${text}${quote}`;
}

/** Each line as a comment of SQL. */
export function comment(lines: readonly string[]): string {
  return lines
    .flatMap(line => line.split('\n'))
    .map(line => `-- ${line}`.trimEnd())
    .join('\n');
}

export function indent(text: string, spaces = 2): string {
  return text
    .split('\n')
    .map(line => (line === '' ? line : `${' '.repeat(spaces)}${line}`))
    .join('\n');
}
