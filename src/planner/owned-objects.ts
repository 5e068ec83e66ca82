/** Which objects of a database are ours: what the statements of our migrations made, and did not drop again. Pure. */
import { type Change, type ObjectName, renderName } from '../statement/change.ts';

export interface OwnedObjects {
  readonly tables: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
  readonly views: ReadonlySet<string>;
  readonly routines: ReadonlySet<string>;
}

/** Follows `changes` in the order in which they ran. Names are as `renderName` gives them. */
export function planOwnedObjects(changes: Iterable<Change>): OwnedObjects {
  const owned = {
    tables: new Set<string>(),
    types: new Set<string>(),
    views: new Set<string>(),
    routines: new Set<string>(),
  };
  for (const change of changes) {
    switch (change.kind) {
      case 'create table':
        owned.tables.add(renderName(change.table));
        break;
      case 'rename table':
        owned.tables.delete(renderName(change.table));
        owned.tables.add(renderName(renamed(change.table, change.to)));
        break;
      case 'drop table':
        owned.tables.delete(renderName(change.table));
        break;
      case 'create type':
        owned.types.add(renderName(change.type));
        break;
      case 'drop type':
        owned.types.delete(renderName(change.type));
        break;
      case 'create view':
        owned.views.add(renderName(change.view));
        break;
      case 'drop view':
        owned.views.delete(renderName(change.view));
        break;
      case 'create routine':
        owned.routines.add(renderName(change.routine));
        break;
      case 'drop routine':
        owned.routines.delete(renderName(change.routine));
        break;
    }
  }
  return owned;
}

function renamed(object: ObjectName, name: string): ObjectName {
  return object.schema === undefined ? { name } : { schema: object.schema, name };
}
