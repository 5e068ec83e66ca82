import { existsSync, statSync } from 'node:fs';
import { ServerError } from '../../errors.ts';
import { REFERENCE, TITLE } from './errors.ts';
import { type EmbeddedFolder, shown } from './folder.ts';

/** Failures of the file system that a person can do something about. */
const FOLDER_ERRORS = new Set([
  'ENOENT',
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'ENOTDIR',
  'EISDIR',
  'EEXIST',
]);

/** Runs `work`; when the folder cannot be used the error says whose it is. */
export async function withFolderErrors<T>({ directory }: EmbeddedFolder, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, path, message } = error as NodeJS.ErrnoException;
    if (!code || !path?.startsWith(directory) || !FOLDER_ERRORS.has(code)) {
      throw error;
    }
    const owner = existsSync(directory) ? statSync(directory).uid : undefined;
    const isOthers = owner !== undefined && owner !== process.getuid?.();
    const name = owner === 0 ? 'root' : `user ${owner}`;
    throw new ServerError(
      {
        title: TITLE,
        subject: message,
        happens: isOthers
          ? `${shown(directory)} belongs to ${name}: the server was first started from there.`
          : `${shown(directory)} cannot be used.`,
        remedy: isOthers
          ? [
              `Run the command as ${name},`,
              `or stop the server as that user (npm run db:stop) and move the folder away: mv ${shown(directory)} ${shown(directory)}.old`,
            ]
          : `See to it that ${shown(directory)} is a folder that you may write to, and that the disk has room.`,
        left: 'Nothing was changed.',
        reference: REFERENCE,
      },
      { cause: error },
    );
  }
}
