import { type ChangeOf, quoteIdentifier, quoteName, renderName } from '../statement/change.ts';
import { editTable, inSchema, renameKey } from './edit-facts.ts';
import type { DatabaseFacts, IndexFacts } from './facts.ts';
import { cutName, generateName } from './generated-names.ts';

/** Sets or (undefined) removes an index; `table` where it is a new one. */
export function setIndex(
  facts: DatabaseFacts,
  name: string,
  index: IndexFacts | undefined,
  table = facts.indexes[name] ?? '',
): DatabaseFacts {
  return editTable(facts, table, own => {
    const { [name]: _, ...others } = own.indexes;
    return { ...own, indexes: index ? { ...others, [name]: index } : others };
  });
}

/** An index `on only` a partitioned table is invalid until its partitions have theirs. */
export function createIndex(facts: DatabaseFacts, change: ChangeOf<'create index'>): DatabaseFacts {
  const { table, columns, unique, method, where, only } = change;
  const own = change.index === '' ? generateName({ table, columns, label: 'idx' }, facts) : cutName(change.index);
  const name = renderName(inSchema(table, own));
  if (change.ifNotExists && facts.indexes[name] !== undefined) {
    return facts;
  }
  const key = columns.map(quoteIdentifier).join(', ');
  const condition = where ? ` where (${where.sql})` : '';
  const index: IndexFacts = {
    isValid: !(only && facts.tables[renderName(table)]?.kind === 'partitioned'),
    isUnique: unique,
    columns,
    definition: `create ${unique ? 'unique ' : ''}index ${quoteIdentifier(own)} on ${quoteName(table)} using ${method} (${key})${condition}`,
  };
  return setIndex(facts, name, index, renderName(table));
}

export function dropIndex(facts: DatabaseFacts, name: string): DatabaseFacts {
  return setIndex(facts, name, undefined);
}

/** The constraint that it belongs to is renamed with it. */
export function renameIndex(facts: DatabaseFacts, name: string, to: string): DatabaseFacts {
  const table = facts.indexes[name] ?? '';
  const [before, bare = to] = [name, to].map(full => full.slice(full.indexOf('.') + 1));
  return editTable(renameKey(facts, table, [before ?? name, bare]), table, own => {
    const constraint = own.indexes[name]?.constraint;
    return {
      ...own,
      indexes: Object.fromEntries(
        Object.entries(own.indexes).map(([key, index]) =>
          key === name ? [to, constraint === undefined ? index : { ...index, constraint: bare }] : [key, index],
        ),
      ),
      constraints: Object.fromEntries(
        Object.entries(own.constraints).map(([key, value]) => [key === constraint ? bare : key, value]),
      ),
    };
  });
}

/** Of an index or of all those of a table. */
export function reindex(facts: DatabaseFacts, target: string): DatabaseFacts {
  return editTable(facts, facts.indexes[target] ?? target, own => ({
    ...own,
    indexes: Object.fromEntries(
      Object.entries(own.indexes).map(([name, index]) => [
        name,
        target in facts.indexes && name !== target ? index : { ...index, isValid: true },
      ]),
    ),
  }));
}
