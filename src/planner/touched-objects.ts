/** What a migration changes, to tell whether another one can run before it. Pure. */
import type { Change, ObjectName } from '../statement/change.ts';
import type { Statement } from '../statement/read.ts';

export interface Touched {
  /** Tables, types, views, routines, sequences and indexes that its statements create, alter, write or drop, without schema. */
  readonly names: ReadonlySet<string>;
  /** All that its statements say, function bodies included. */
  readonly text: string;
  /** It does what its text does not say: runs a function of somebody, drops a whole schema. */
  readonly isOpaque: boolean;
}

export function readTouched(statements: readonly Statement[]): Touched {
  const changes = statements.flatMap(statement => statement.changes);
  return {
    names: new Set(changes.flatMap(namesIn)),
    text: statements.map(({ sql }) => sql).join('\n'),
    isOpaque: statements.some(isOpaque),
  };
}

/** True unless neither of them names what the other one changes. A table counts whole, whichever of its columns is meant. */
export function dependsOn(one: Touched | undefined, other: Touched | undefined): boolean {
  if (!one || !other || one.isOpaque || other.isOpaque) {
    return true;
  }
  return mentions(one.text, other.names) || mentions(other.text, one.names);
}

function mentions(text: string, names: ReadonlySet<string>): boolean {
  return [...names].some(name =>
    new RegExp(`(?<![\\w$])${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?![\\w$])`, 'i').test(text),
  );
}

/** Objects have several names in a change (`to`, `partition`, `references`): all of them count. */
function namesIn(change: Change): string[] {
  const names = Object.entries(change).flatMap(([key, value]): string[] => {
    if (key === 'tables') {
      return (value as readonly ObjectName[]).map(({ name }) => name);
    }
    if (OBJECTS.has(key)) {
      return [typeof value === 'string' ? value : ((value as ObjectName | undefined)?.name ?? '')];
    }
    return key === 'to' && RENAMED.has(change.kind) ? [String(value)] : [];
  });
  return names.filter(name => name !== '');
}

const OBJECTS = new Set(['table', 'index', 'type', 'view', 'routine', 'target', 'partition', 'partitionOf']);
/** Other renames stay within their table. */
const RENAMED: ReadonlySet<Change['kind']> = new Set(['rename table', 'rename index']);

/** They do nothing but what their arguments say. */
const PLAIN_FUNCTIONS = new Set(['setval', 'nextval', 'max', 'coalesce', 'greatest', 'pg_get_serial_sequence']);

function isOpaque({ sql, changes }: Statement): boolean {
  return changes.some(change => {
    switch (change.kind) {
      case 'drop schema':
      case 'drop database':
        return true;
      case 'select':
        return hasUnknownCall(sql);
      case 'other':
        return OPAQUE.has(change.statement) && hasUnknownCall(sql);
      default:
        return false;
    }
  });
}

const OPAQUE = new Set(['DoStmt', 'CallStmt']);

function hasUnknownCall(sql: string): boolean {
  return [...sql.matchAll(/([\w$"]+)\s*\(/g)].some(([, name = '']) => !PLAIN_FUNCTIONS.has(name.toLowerCase()));
}
