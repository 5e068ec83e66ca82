// MikroORM's command line loads a TypeScript config only through a loader (oxc, tsx, …), which more than doubles its start;
// Node runs TypeScript by itself, so the door is this one line and `preferTs` is false in package.json.
export { default } from './mikro-orm.config.ts';
