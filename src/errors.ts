/**
 * What a person reads when something goes wrong: the error classes and the one renderer of their messages.
 */

/**
 * 1 failed · 2 a person must decide · 3 something is pending (0, done or nothing to do, is no error) · 130 and 143 ended by SIGINT
 * and SIGTERM, as shells count.
 */
export type ExitCode = 1 | 2 | 3 | 130 | 143;

export interface Explanation {
  /** What was being done, in the user's own names: `Unsafe migration: 0016_lesson_subject_index`. */
  readonly title: string;
  /** The statement or value that is at fault, shown by itself. Never one that may hold a password. */
  readonly subject?: string;
  readonly happens: string;
  readonly hurts?: string;
  /** The next command to type, or the correction. Several ways out are several lines. */
  readonly remedy: string | readonly string[];
  /** What the failure left in the database or on disk: "nothing was changed". */
  readonly left?: string;
  /** The rule and the page that explain it. */
  readonly reference?: string;
}

/** An error whose message is its documentation: it is shown as it is, without a stack trace. */
export class ExplainedError extends Error {
  override readonly name: string = 'ExplainedError';
  readonly explanation: Explanation;
  readonly exitCode: ExitCode;

  constructor(explanation: Explanation, options: { exitCode?: ExitCode; cause?: unknown } = {}) {
    super(`${explanation.title}: ${explanation.happens}`, { cause: options.cause });
    this.explanation = explanation;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** A setting that is missing or wrong: `DATABASE_URL`, an environment variable, a flag. */
export class SettingsError extends ExplainedError {
  override readonly name = 'SettingsError';
}

/** A server that cannot be started, reached or used. */
export class ServerError extends ExplainedError {
  override readonly name = 'ServerError';
}

/** A migration file, its name or its number is not as it must be, or it failed while it ran. */
export class MigrationError extends ExplainedError {
  override readonly name = 'MigrationError';
}

/** Asked for something that only a person may decide, or that is never done here. Exit code 2 unless said otherwise. */
export class RefusedError extends ExplainedError {
  override readonly name = 'RefusedError';

  constructor(explanation: Explanation, options: { exitCode?: ExitCode; cause?: unknown } = {}) {
    super(explanation, { exitCode: 2, ...options });
  }
}

/** The exit code a process ends with because of `error`. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof ExplainedError ? error.exitCode : 1;
}

/**
 * Renders any thrown value as text for stderr, without a trailing newline. An ExplainedError answers the three questions
 * (what happens, why it hurts, what to do); anything else gives its message, and with `verbose` its stack.
 */
export function renderError(error: unknown, options: { verbose?: boolean } = {}): string {
  const text = error instanceof ExplainedError ? renderExplanation(error) : renderUnexpected(error, options);
  return withoutPasswords(text);
}

function renderExplanation({ explanation, cause }: ExplainedError): string {
  const { title, subject, happens, hurts, remedy, left, reference } = explanation;
  const lines = [title, ''];
  if (subject) {
    lines.push(...subject.split('\n').map(line => `  ${line}`), '');
  }
  lines.push(...renderRow('What happens', happens));
  if (hurts) {
    lines.push(...renderRow('Why it hurts', hurts));
  }
  lines.push(...renderRow('What to do', remedy));
  if (left) {
    lines.push(...renderRow('What is left', left));
  }
  const server = renderServerError(cause);
  if (server) {
    lines.push(...renderRow('PostgreSQL', server));
  }
  if (reference) {
    lines.push('', `  ${reference}`);
  }
  return lines.join('\n');
}

const LABEL_WIDTH = 15;

function renderRow(label: string, value: string | readonly string[]): string[] {
  const [first = '', ...rest] = (typeof value === 'string' ? value : value.join('\n')).split('\n');
  return [`  ${label.padEnd(LABEL_WIDTH)}${first}`, ...rest.map(line => `  ${' '.repeat(LABEL_WIDTH)}${line}`)];
}

/** Code, message, detail and hint of a PostgreSQL error; undefined for any other value. */
function renderServerError(error: unknown): string[] | undefined {
  const postgres = postgresError(error);
  if (!postgres) {
    return undefined;
  }
  const lines = [`${postgres.message} (${postgres.code})`];
  if (postgres.detail) {
    lines.push(`Detail: ${postgres.detail}`);
  }
  if (postgres.hint) {
    lines.push(`Hint: ${postgres.hint}`);
  }
  return lines;
}

export interface PostgresError extends Error {
  /** SQLSTATE, five characters. https://www.postgresql.org/docs/current/errcodes-appendix.html */
  readonly code: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** The PostgreSQL error in `error` or in its chain of causes (MikroORM wraps them), if there is one. */
export function postgresError(error: unknown): PostgresError | undefined {
  for (let at = error; at instanceof Error; at = at.cause ?? (at as { previous?: unknown }).previous) {
    const { code, severity } = at as { code?: unknown; severity?: unknown };
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && typeof severity === 'string') {
      return at as PostgresError;
    }
  }
  return undefined;
}

function renderUnexpected(error: unknown, { verbose }: { verbose?: boolean }): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const server = renderServerError(error);
  const lines = server ?? [error.message || error.name];
  return verbose && error.stack ? `${lines.join('\n')}\n\n${error.stack}` : lines.join('\n');
}

/** The last line of defence: whatever quotes a connection URL, its password does not get out. */
function withoutPasswords(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/?#]*):[^\s@/?#]*@/gi, '$1:***@')
    .replace(/([?&\s](?:ssl)?password=)[^&\s]+/gi, '$1***');
}
