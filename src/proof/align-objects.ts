/** The same for what belongs to no table. */
import type { DatabaseSchema } from '@mikro-orm/sql';
import type { Catalog } from '../catalog/catalog.ts';
import { cutName } from '../catalog/generated-names.ts';
import { qualified } from './introspect.ts';

/** Only their names: labels are compared through the columns that have the type. */
export function alignEnums(from: DatabaseSchema, target: DatabaseSchema): void {
  const enums = { ...from.getNativeEnums() };
  for (const [key, type] of Object.entries(target.getNativeEnums())) {
    const cut = cutName(type.name);
    const read = Object.entries(enums).find(([, own]) => qualified(own) === qualified({ ...type, name: cut }));
    if (cut !== type.name && read) {
      delete enums[read[0]];
      enums[key] = { ...read[1], name: type.name };
    }
  }
  from.setNativeEnums(enums);
}

interface Normalized {
  readonly history: Catalog;
  readonly entities: Catalog;
}

export function alignViews(from: DatabaseSchema, target: DatabaseSchema, { history, entities }: Normalized): void {
  const described = new Set(target.getViews().map(view => qualified({ ...view, name: cutName(view.name) })));
  from.setViews(from.getViews().filter(view => described.has(qualified(view))));
  for (const view of target.getViews()) {
    const name = qualified({ ...view, name: cutName(view.name) });
    const own = from.getViews().find(found => qualified(found) === name);
    if (own) {
      const isSame = history.views[name] === entities.views[name];
      Object.assign(own, { name: view.name }, isSame ? { definition: view.definition } : {});
    }
  }
}

/** By name and arguments; several of one name are left to MikroORM. */
export function alignRoutines(from: DatabaseSchema, target: DatabaseSchema, { history, entities }: Normalized): void {
  const routines = from.getRoutines();
  const described = new Set(target.getRoutines().map(qualified));
  routines.splice(0, routines.length, ...routines.filter(routine => described.has(qualified(routine))));
  for (const routine of target.getRoutines()) {
    const isOfName = (name: string): boolean => name.startsWith(`${qualified(routine)}(`);
    const [name, ...more] = Object.keys(entities.routines).filter(isOfName);
    const index = routines.findIndex(own => qualified(own) === qualified(routine));
    if (name !== undefined && more.length === 0 && index !== -1 && history.routines[name] === entities.routines[name]) {
      routines[index] = routine;
    }
  }
}
