/**
 * Runs after npm ci and npm install. npm up to 10 links `node` from the platform package that fits and then removes the link
 * with the packages that do not fit, because theirs would be at the same path; npm 11 keeps it.
 */
import { execSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const modules = new URL('../node_modules/', import.meta.url);
const { optionalDependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const installed = Object.keys(optionalDependencies).filter(name => existsSync(new URL(name, modules)));

if (installed.length > 0 && !existsSync(new URL('.bin/node', modules))) {
  execSync(`npm rebuild --ignore-scripts ${installed.join(' ')}`, {
    cwd: new URL('..', import.meta.url),
    stdio: 'ignore',
  });
}
