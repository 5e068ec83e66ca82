/**
 * Connection services: named sets of parameters in a file. https://www.postgresql.org/docs/current/libpq-pgservice.html
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './environment.ts';
import { homeDirectory } from './home.ts';
import { connectionParameters } from './parameters.ts';
import { quoted, type SettingProblem } from './setting-problems.ts';

export interface ServiceParameters {
  readonly values: ReadonlyMap<string, { readonly value: string; readonly name: string }>;
  readonly problems: readonly SettingProblem[];
}

export interface ServiceOptions {
  /** Name of the service; without one, PGSERVICE. */
  readonly service?: string;
  /** Path of the file; without one, PGSERVICEFILE or else ~/.pg_service.conf, then the file of the system. */
  readonly file?: string;
  readonly env: Environment;
}

/** Reads the parameters of a service; nothing when no service is named. */
export function readService({ service, file, env }: ServiceOptions): ServiceParameters {
  const wanted = service ?? env.PGSERVICE;
  if (!wanted) {
    return { values: new Map(), problems: [] };
  }
  const files = serviceFiles(file || env.PGSERVICEFILE, env);
  for (const path of files) {
    const section = findSection(readText(path), wanted);
    if (section) {
      return readSection(section, { path, service: wanted });
    }
  }
  const name = service === undefined ? 'PGSERVICE' : 'the service';
  const expected = `a section [${wanted}] in ${files.join(' or ')}`;
  return { values: new Map(), problems: [{ name, came: quoted(wanted), expected }] };
}

/** /etc/postgresql-common is where Debian's libpq looks; elsewhere it is a matter of how libpq was built. */
function serviceFiles(file: string | undefined, env: Environment): string[] {
  const home = homeDirectory(env);
  const own = file ?? (home && join(home, process.platform === 'win32' ? 'pg_service.conf' : '.pg_service.conf'));
  return [...(own ? [own] : []), join(env.PGSYSCONFDIR || '/etc/postgresql-common', 'pg_service.conf')];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

interface ServiceLine {
  readonly text: string;
  readonly number: number;
}

function findSection(text: string, service: string): ServiceLine[] | undefined {
  const lines = text.split('\n').map((line, index) => ({ text: line.trim(), number: index + 1 }));
  const start = lines.findIndex(line => line.text.startsWith(`[${service}]`));
  if (start < 0) {
    return undefined;
  }
  const rest = lines.slice(start + 1);
  const end = rest.findIndex(line => line.text.startsWith('['));
  return rest.slice(0, end < 0 ? rest.length : end).filter(({ text }) => text !== '' && !text.startsWith('#'));
}

function readSection(lines: readonly ServiceLine[], { path, service }: { path: string; service: string }) {
  const values = new Map<string, { value: string; name: string }>();
  const problems: SettingProblem[] = [];
  for (const { text, number } of lines) {
    const equals = text.indexOf('=');
    const parameter = text.slice(0, Math.max(equals, 0));
    if (!Object.hasOwn(connectionParameters, parameter) || parameter === 'service') {
      // not quoted: the line may hold a password
      problems.push({ name: `${path}, line ${number}`, came: 'no parameter=value', expected: 'one that psql knows' });
    } else if (!values.has(parameter)) {
      values.set(parameter, { value: text.slice(equals + 1), name: `${parameter} in the service "${service}"` });
    }
  }
  return { values, problems };
}
