/** The migration files as a reviewer reads them. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Project } from '../project/project.ts';
import { type Header, readHeader } from './header.ts';
import type { Finding } from './report.ts';

export interface MigrationText {
  /** From the folder of the project. */
  readonly file: string;
  readonly text: string;
  readonly header: Header | undefined;
}

/** By recorded name; without classes that are in no file. */
export async function readMigrationTexts({ discover, config }: Project): Promise<Map<string, MigrationText>> {
  const found = await discover();
  const read = found.flatMap(({ name, path }) => (path === undefined ? [] : [{ name, path }]));
  const cwd = config.get('baseDir');
  const files = await Promise.all(
    read.map(async ({ name, path }) => {
      const text = await readFile(path, 'utf8');
      return [name, { file: relative(cwd, path), text, header: readHeader(text) }] as const;
    }),
  );
  return new Map(files);
}

/** The statement as the file has it; where it is put together in code, there is none. */
export function withLine(finding: Finding, files: ReadonlyMap<string, MigrationText>): Finding {
  const { migration = '', explanation } = finding;
  const text = files.get(migration)?.text ?? '';
  const statement = explanation.subject?.split('\n')[0]?.replace(/;$/, '').trim() ?? '';
  const at = statement === '' ? -1 : text.indexOf(statement);
  return at === -1 ? finding : { ...finding, line: text.slice(0, at).split('\n').length };
}
