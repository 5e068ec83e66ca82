// MikroORM's command line loads a TypeScript config only through a loader (oxc, tsx, …), which more than doubles its start;
// Node runs TypeScript by itself, so the door is this file, and `preferTs` is false in package.json. What Node compiles is kept
// for the next command; where it cannot be, that is no error.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

enableCompileCache(join(import.meta.dirname, 'node_modules/.cache/node-compile-cache'));
export default (await import('./mikro-orm.config.ts')).default;
