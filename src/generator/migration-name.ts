/** Names of migrations: `--name` to lower snake case, number and name to file, class and recorded name. Pure. */
import { MigrationError } from '../errors.ts';

/**
 * PostgreSQL cuts application_name at 63 bytes (NAMEDATALEN - 1), and there a DBA has to recognise the migration:
 * https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-APPLICATION-NAME
 */
const MAX_RECORDED_NAME = 63;
const NUMBER_WIDTH = 4;

/**
 * Turns what a developer typed after `--name` into lower snake case: `AddGradeLevel`, `add grade-level` → `add_grade_level`.
 * @throws MigrationError for a name that is empty, a path, numbered already, or too long.
 */
export function readMigrationName(typed: string): string {
  const refuse = (happens: string, remedy: string): never => {
    throw new MigrationError({
      title: `Bad migration name: ${JSON.stringify(typed)}`,
      happens,
      hurts: 'The name becomes a file name, a class name and the name that the database records.',
      remedy,
      left: 'No file was written.',
    });
  };
  if (/[/\\]|\.\.|^\.|\.[jt]s$/.test(typed)) {
    refuse(
      'It looks like a path or a file name.',
      'Give the name alone, such as --name add_grade_level; --path sets the folder.',
    );
  }
  const name = snakeCase(typed);
  if (name === '') {
    refuse(
      'Nothing is left of it in lower snake case.',
      'Use letters a to z, digits and underscores: --name add_grade_level',
    );
  }
  if (/[^a-z0-9_]/.test(name)) {
    refuse(
      'It has characters that not every file system and shell keeps.',
      'Use letters a to z, digits and underscores: --name add_grade_level',
    );
  }
  if (/^\d{4}(_|$)/.test(name)) {
    refuse(
      'It begins with a number; numbers are given by the tool.',
      `Leave it out: --name ${name.replace(/^\d+_?/, '') || 'add_grade_level'}`,
    );
  }
  if (name.length > MAX_RECORDED_NAME - NUMBER_WIDTH - 1) {
    refuse(
      `It has ${name.length} characters; ${MAX_RECORDED_NAME - NUMBER_WIDTH - 1} fit into what PostgreSQL shows of a running migration.`,
      'Say it shorter; --purpose takes a whole sentence.',
    );
  }
  return name;
}

/**
 * Shortens a name made by us, at an underscore where there is one, so that it passes {@link readMigrationName} with
 * `reserve` more characters behind it.
 */
export function fitMigrationName(name: string, reserve = 0): string {
  const most = MAX_RECORDED_NAME - NUMBER_WIDTH - 1 - reserve;
  if (name.length <= most) {
    return name;
  }
  const word = name.lastIndexOf('_', most);
  return name.slice(0, word > 0 ? word : most);
}

export function snakeCase(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[\s\-_.,:;'"`!?()[\]{}]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

/** `(4, 'quiz_answers')` → `0004_quiz_answers`: the file's name without extension, and the name that is recorded. */
export function renderRecordedName(number: number, name: string): string {
  return `${renderNumber(number)}_${name}`;
}

export function renderNumber(number: number): string {
  return String(number).padStart(NUMBER_WIDTH, '0');
}

/** `0004_quiz_answers` → `Migration0004QuizAnswers`. */
export function renderClassName(recordedName: string): string {
  const words = recordedName.split('_').filter(word => word !== '');
  return `Migration${words.map(word => word[0]?.toUpperCase() + word.slice(1)).join('')}`;
}
