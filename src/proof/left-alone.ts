/** What entities do not describe, or need not: a migration made it by hand, and no change of an entity takes it away. Pure. */
import type { Difference } from '../catalog/compare-catalogs.ts';

/** @param difference from the history to the entities. */
export function isLeftAlone({ object, relation, name, property, before, after }: Difference): boolean {
  const isGone = after === undefined;
  switch (object) {
    case 'table':
      return property === 'partition' || property === 'settings' || (property === 'rowSecurity' && after === '');
    case 'column':
      return property === 'settings';
    case 'trigger':
      return isGone && !isOfEntity(String(before), `${relation.slice(relation.indexOf('.') + 1)}_${name}_fn`);
    case 'policy':
    case 'view':
    case 'routine':
    case 'sequence':
      return isGone;
    case 'constraint':
      return isGone && String(before).startsWith('EXCLUDE ');
    case 'index':
    case 'enum':
      return false;
    case 'type':
    case 'statistics':
    case 'schema':
    case 'extension':
    case 'comment':
      return true;
    default: {
      const never: never = object;
      return never;
    }
  }
}

/** MikroORM gives the trigger of an entity a function of its own, and calls it after both. */
function isOfEntity(trigger: string, routine: string): boolean {
  return trigger.replaceAll('"', '').includes(`${routine}()`);
}
