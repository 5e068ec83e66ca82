/** What the header of a migration file says, and whether it says what it must. Pure. */

export type Header = ReadonlyMap<string, string>;

/** @returns undefined for a file without one: a comment at its begin, with ` * Label: text` lines. */
export function readHeader(text: string): Header | undefined {
  const comment = /^\s*\/\*\*\n([\s\S]*?)\*\//.exec(text.replaceAll('\r\n', '\n'))?.[1];
  if (comment === undefined) {
    return undefined;
  }
  const fields = new Map<string, string>();
  let label: string | undefined;
  for (const line of comment.split('\n').map(part => part.replace(/^\s*\* ?/, ''))) {
    const [, found, value = ''] = /^([A-Z][a-z]+):\s*(.*)$/.exec(line) ?? [];
    if (found !== undefined) {
      label = found;
      fields.set(found, value.trim());
    } else if (label !== undefined && line.trim() !== '') {
      fields.set(label, `${fields.get(label)} ${line.trim()}`.trim());
    }
  }
  return fields;
}

/** A line for each thing that is not as docs/migrations.md has it. */
export function findInHeader(header: Header | undefined, name: string): string[] {
  if (!header) {
    return ['There is none.'];
  }
  const own = header.get('Migration');
  const date = header.get('Date');
  return [
    ...['Migration', 'Purpose', 'Date', 'Rollback'].flatMap(label =>
      header.get(label) ? [] : [`${label}: is missing`],
    ),
    ...(own && own !== name ? [`Migration: ${own}, and the file is ${name}`] : []),
    ...(date && !isDate(date) ? [`Date: ${date} is no day of the form 2026-11-23`] : []),
  ];
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** What a header says is lost by going there and back: nothing else may be. */
export interface DeclaredLosses {
  isLostTable(table: string): boolean;
  isLostColumn(table: string, column: string): boolean;
  /** Of an enum type: values that PostgreSQL cannot take back. */
  stays(type: string): boolean;
  readonly staysAnything: boolean;
}

/** `the rows of lessons and the values of users.name are lost; users.phone comes back empty; ADMIN of user_role stays` */
export function readLosses(header: Header | undefined): DeclaredLosses {
  const clauses = [header?.get('Loses') ?? '', ...(header?.get('Rollback') ?? '').split(';')];
  const lost = clauses.filter((clause, index) => index === 0 || /\b(?:lost|empty)\b/.test(clause));
  const rows = lost.filter(clause => /\brows of\b|\bempty\b/.test(clause));
  const staying = clauses.filter(clause => /\bstays?\b/.test(clause));
  const short = (name: string): string => name.replace(/^public\./, '');
  return {
    isLostTable: table => names(rows, short(table)),
    isLostColumn: (table, column) => names(rows, short(table)) || names(lost, `${short(table)}.${column}`),
    stays: type => names(staying, short(type)),
    staysAnything: staying.length > 0,
  };
}

/** As a name of its own: `users` is not meant by `users.name`. */
function names(clauses: readonly string[], name: string): boolean {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const whole = new RegExp(`(?<![\\p{L}\\p{N}_$.])${escaped}(?![\\p{L}\\p{N}_$]|\\.[\\p{L}\\p{N}_$])`, 'u');
  return clauses.some(clause => whole.test(clause.replaceAll('"', '')));
}
