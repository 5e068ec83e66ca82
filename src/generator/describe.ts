/** What a migration does, and what its rollback loses, in words; and a name for it when none is given. Pure. */

import { formatType } from '../catalog/type-names.ts';
import { lossOnTheWayBack } from '../planner/type-change/rounding.ts';
import {
  type Change,
  type ColumnAlteration,
  type Constraint,
  changesOf,
  type ObjectName,
  renderName,
} from '../statement/change.ts';
import { snakeCase } from './migration-name.ts';

/**
 * The purpose of a migration: "Create quiz_answers with 2 indexes; add locale to users". With a name that says more than
 * the change does, the name comes first: "Find lessons by subject: add index idx_lessons_subject on lessons".
 */
export function describePurpose(changes: readonly Change[], name?: string): string {
  const change = describeChanges(changes);
  if (!name) {
    return change || 'No change of the schema';
  }
  const title = sentence(name.replaceAll('_', ' '));
  if (change === '') {
    return title;
  }
  const known = new Set(snakeCase(change).split('_'));
  return name.split('_').every(word => known.has(word))
    ? change
    : `${title}: ${change[0]?.toLowerCase()}${change.slice(1)}`;
}

/** What `down` does and what data it loses, or that there is none. */
export function describeRollback(up: readonly Change[], down: readonly Change[]): string {
  const left = describeLeft(up);
  if (down.length === 0 && left.length > 0) {
    return `${left.map(lowerFirst).join('; ')}; no data is lost`;
  }
  if (down.length === 0) {
    return 'none, no statement is known that takes this back';
  }
  const losses = lossesOf(down, computedBy(up));
  const narrowed = describeNarrowed(up, down);
  const empty = [
    ...changesOf(up, 'drop table').map(({ table }) => renderName(table)),
    ...changesOf(up, 'drop column').map(({ table, column }) => `${renderName(table)}.${column}`),
  ];
  return [
    lowerFirst(describeChanges(down)) || 'takes back what up does',
    losses.length > 0 ? `${list(losses)} are lost` : narrowed.length > 0 ? '' : 'no data is lost',
    ...narrowed,
    ...(empty.length > 0 ? [`${list(empty)} ${empty.length === 1 ? 'comes' : 'come'} back empty`] : []),
    ...left.map(lowerFirst),
  ]
    .filter(text => text !== '')
    .join('; ');
}

/** Columns that come with an expression: nobody has written their values. */
function computedBy(up: readonly Change[]): ReadonlySet<string> {
  const added = changesOf(up, 'add column').filter(({ definition }) => definition.generated !== undefined);
  return new Set(added.map(({ table, column }) => `${renderName(table)}.${column}`));
}

/** What becomes of values that a column got in the wider type. */
function describeNarrowed(up: readonly Change[], down: readonly Change[]): string[] {
  const wide = new Map(up.flatMap(typeOf));
  const narrow = new Map(down.flatMap(typeOf));
  return [...narrow].flatMap(([column, old]) => {
    const changed = wide.get(column);
    const loss = changed && lossOnTheWayBack({ old, changed });
    const hasLimit = /^(?:character|bit|numeric).*\(/.test(old);
    return loss ? [`${column} ${loss}`] : hasLimit ? [`a value of ${column} that ${old} has no room for stops it`] : [];
  });
}

function typeOf(change: Change): [column: string, type: string][] {
  return change.kind === 'alter column' && change.alteration.to === 'type'
    ? [[`${renderName(change.table)}.${change.column}`, formatType(change.alteration.type)]]
    : [];
}

/** What running it loses, for good; undefined when it loses nothing. */
export function describeLosses(changes: readonly Change[]): string | undefined {
  const losses = lossesOf(changes);
  return losses.length === 0 ? undefined : list(losses);
}

/** When a contract that drops may run; undefined for what drops nothing. */
export function describeUnused(
  role: 'expand' | 'populate' | 'contract' | 'cleanup',
  changes: readonly Change[],
): string | undefined {
  const names = [
    ...changesOf(changes, 'drop table').map(({ table }) => renderName(table)),
    ...changesOf(changes, 'drop column').map(({ table, column }) => `${renderName(table)}.${column}`),
  ];
  return role === 'expand' || names.length === 0 ? undefined : `when no running release uses ${list(names)} any more`;
}

/**
 * When what existing columns may hold can be narrowed: the old release must not write what is refused from then on, nor count on a
 * default that is gone. Undefined where nothing is, or only in columns that the old release does not know.
 */
export function describeRefused(changes: readonly Change[]): string | undefined {
  const describe = describeWithin(changes);
  const created = new Set(changesOf(changes, 'create table').map(({ table }) => renderName(table)));
  const pathOf = (table: ObjectName, column: string): string => `${renderName(table)}.${column}`;
  const added = new Set(changesOf(changes, 'add column').map(({ table, column }) => pathOf(table, column)));
  const isOld = (table: ObjectName, columns: readonly string[]): boolean =>
    !created.has(renderName(table)) && !(columns.length > 0 && columns.every(name => added.has(pathOf(table, name))));
  const narrowed = changes.filter(change => describe(change) !== '');
  const finalNames = new Map(changes.flatMap(renameOf));
  const indexed = new Map(changesOf(changes, 'create index').map(({ index, columns }) => [index, columns]));
  const names = narrowed.filter(isMaking).flatMap(change => {
    const columns = change.kind === 'create index' ? change.columns : narrowedColumns(change.definition, indexed);
    const isNarrow = change.kind === 'create index' ? change.unique : change.definition.type !== 'not null';
    return isNarrow && isOld(change.table, columns) ? [finalNames.get(madeName(change)) ?? madeName(change)] : [];
  });
  const filled = narrowed.flatMap(change => {
    const columns = requiredColumns(change);
    return 'table' in change && change.table && isOld(change.table, columns)
      ? columns.map(column => pathOf(change.table as ObjectName, column))
      : [];
  });
  const parts = [
    ...(names.length > 0 ? [`what ${list(names)} ${names.length === 1 ? 'refuses' : 'refuse'}`] : []),
    ...(filled.length > 0 ? [`a null into ${list(filled)}`] : []),
  ];
  const left = withoutDefault(changes).filter(path => !added.has(path) && !filled.includes(path));
  const all = [
    ...(parts.length > 0 ? [`writes ${parts.join(', or ')}`] : []),
    ...(left.length > 0 ? [`leaves ${list(left)} to ${left.length === 1 ? 'its default' : 'their defaults'}`] : []),
  ];
  return all.length === 0 ? undefined : `when no running release ${all.join(', or ')}`;
}

/** Columns that lose their default and get no other value of themselves: an insert without them fails, or leaves them null. */
function withoutDefault(changes: readonly Change[]): string[] {
  const ends = new Map(
    changesOf(changes, 'alter column')
      .filter(({ alteration: { to } }) => VALUES.has(to))
      .map(({ table, column, alteration: { to } }) => [`${renderName(table)}.${column}`, to]),
  );
  return [...ends].filter(([, to]) => to === 'drop default').map(([path]) => path);
}

const VALUES: ReadonlySet<ColumnAlteration['to']> = new Set(['drop default', 'set default', 'add identity']);

/** @param indexed the columns of new indexes: a constraint that takes one names none itself. */
function narrowedColumns(
  { columns, expression, index }: Constraint,
  indexed: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  return (index === undefined ? undefined : indexed.get(index)) ?? expression?.columns ?? columns;
}

function requiredColumns(change: Change): readonly string[] {
  if (change.kind === 'alter column') {
    return change.alteration.to === 'set not null' ? [change.column] : [];
  }
  return change.kind === 'add constraint' && change.definition.type === 'not null' ? change.definition.columns : [];
}

/** @param computed columns whose values are no loss. */
function lossesOf(changes: readonly Change[], computed: ReadonlySet<string> = new Set()): string[] {
  return [
    ...changesOf(changes, 'drop table').map(({ table }) => `the rows of ${renderName(table)}`),
    ...changesOf(changes, 'drop column')
      .map(({ table, column }) => `${renderName(table)}.${column}`)
      .filter(column => !computed.has(column))
      .map(column => `the values of ${column}`),
    ...changes.flatMap(change =>
      change.kind === 'truncate' ? change.tables.map(table => `the rows of ${renderName(table)}`) : [],
    ),
    ...changes.flatMap(change => (change.kind === 'delete' ? [`rows of ${renderName(change.table)}`] : [])),
  ];
}

/** What no `down` can take back. https://www.postgresql.org/docs/current/sql-altertype.html */
export function describeLeft(up: readonly Change[]): string[] {
  return changesOf(up, 'add enum value').map(
    ({ type, value }) => `PostgreSQL cannot take a value of an enum back: ${value} of ${renderName(type)} stays`,
  );
}

/** "Keep lessons.category, which no entity describes any more" */
export function describeKeeps(keeps: readonly string[], name?: string): string {
  const keep = `keep ${list(keeps)}, which no entity describes any more`;
  const known = new Set(snakeCase(keep).split('_'));
  const isSaid = name === undefined || name.split('_').every(word => known.has(word));
  return isSaid ? sentence(keep) : `${sentence(name.replaceAll('_', ' '))}: ${keep}`;
}

/** A name made from the change: `create_quiz_answers`, `add_locale_to_users`, `change_users_and_lessons`. */
export function nameFromChanges(changes: readonly Change[], keeps: readonly string[] = []): string {
  if (changes.length === 0 && keeps.length > 0) {
    return snakeCase(`keep ${keeps.slice(0, 3).join(' and ')}`);
  }
  const groups = describeGroups(changes).filter(group => group !== '');
  if (groups.length === 1 && groups[0]) {
    return snakeCase(groups[0].replace(/ with .*$/, ''));
  }
  const tables = [...new Set(changes.map(change => tableOf(change)?.name).filter(name => name !== undefined))];
  return tables.length === 0 ? 'change_schema' : snakeCase(`change ${tables.slice(0, 3).join(' and ')}`);
}

function describeChanges(changes: readonly Change[]): string {
  return sentence(describeGroups(changes).join('; '));
}

function describeGroups(changes: readonly Change[]): string[] {
  const describe = describeWithin(changes);
  const created = new Set(changesOf(changes, 'create table').map(({ table }) => renderName(table)));
  const dropped = new Set(changesOf(changes, 'drop table').map(({ table }) => renderName(table)));
  const tables = [...created].map(table => describeNewTable(table, changes));
  const isWhole = (change: Change): boolean => {
    const table = tableOf(change);
    return table !== undefined && (created.has(renderName(table)) || dropped.has(renderName(table)));
  };
  const others = changes
    .filter(change => !isWhole(change))
    .filter(({ kind }) => created.size + dropped.size === 0 || (kind !== 'create type' && kind !== 'drop type'))
    .map(describe);
  const drops = [...dropped].map(table => `drop ${table}`);
  return [...tables, ...drops, ...others].filter((text, index, all) => text !== '' && all.indexOf(text) === index);
}

/**
 * What is only the way to something else has no words of its own: an index that a constraint takes, a check that proves a not-null,
 * a name for a while.
 */
function describeWithin(changes: readonly Change[]): (change: Change) => string {
  const made = new Set(changes.flatMap(change => (isMaking(change) ? [madeName(change)] : [])));
  const taken = new Set(changesOf(changes, 'add constraint').map(({ definition }) => definition.index));
  const dropped = new Set(changesOf(changes, 'drop constraint').map(({ constraint }) => constraint));
  const renamed = new Map(changes.flatMap(renameOf).filter(([from]) => made.has(from)));
  const replaced = new Set(renamed.values());
  return change => {
    if (isMaking(change)) {
      const name = madeName(change);
      const to = renamed.get(name);
      if (change.kind === 'create index' && taken.has(name)) {
        return '';
      }
      const isMeans = change.kind !== 'create index' && dropped.has(name);
      const isKey = change.kind === 'add constraint' && change.definition.type === 'primary key';
      const now = to ?? (isMeans && isKey ? name : undefined);
      return now !== undefined ? describeReplacement(change, now) : isMeans ? '' : describeChange(change);
    }
    const [[from] = [undefined]] = renameOf(change);
    const gone = goneName(change);
    const isOver = gone !== undefined && (made.has(gone) || replaced.has(gone));
    return isOver || (from !== undefined && made.has(from)) ? '' : describeChange(change);
  };
}

type Making = Extract<Change, { kind: 'add constraint' | 'create index' }>;

function isMaking(change: Change): change is Making {
  return change.kind === 'add constraint' || change.kind === 'create index';
}

function madeName(change: Making): string {
  return change.kind === 'create index' ? change.index : change.constraint;
}

function goneName(change: Change): string | undefined {
  return change.kind === 'drop index'
    ? change.index.name
    : change.kind === 'drop constraint'
      ? change.constraint
      : undefined;
}

function renameOf(change: Change): [from: string, to: string][] {
  return change.kind === 'rename index'
    ? [[change.index.name, change.to]]
    : change.kind === 'rename constraint'
      ? [[change.constraint, change.to]]
      : [];
}

function describeReplacement(change: Making, name: string): string {
  const what = change.kind === 'create index' ? 'index' : change.definition.type;
  return `change ${what} ${name} of ${renderName(change.table)}`;
}

function describeNewTable(table: string, changes: readonly Change[]): string {
  const indexes = changesOf(changes, 'create index').filter(change => renderName(change.table) === table).length;
  return indexes === 0 ? `create ${table}` : `create ${table} with ${indexes} ${indexes === 1 ? 'index' : 'indexes'}`;
}

function tableOf(change: Change): ObjectName | undefined {
  return 'table' in change ? change.table : undefined;
}

/** Empty for what is no change of the schema by itself, such as a validation. */
function describeChange(change: Change): string {
  switch (change.kind) {
    case 'update':
      return `fill ${renderName(change.table)}`;
    case 'rename table':
      return `rename ${renderName(change.table)} to ${change.to}`;
    case 'add column':
      return `add ${change.column} to ${renderName(change.table)}`;
    case 'drop column':
      return `drop ${change.column} from ${renderName(change.table)}`;
    case 'rename column':
      return `rename ${renderName(change.table)}.${change.column} to ${change.to}`;
    case 'alter column':
      return describeAlteration(change.alteration, `${renderName(change.table)}.${change.column}`);
    case 'add constraint':
      if (change.definition.type === 'not null') {
        return `set not null on ${renderName(change.table)}.${change.definition.columns.join(', ')}`;
      }
      return `add ${change.definition.type} ${change.constraint} to ${renderName(change.table)}`;
    case 'drop constraint':
      return `drop constraint ${change.constraint} from ${renderName(change.table)}`;
    case 'rename constraint':
      return `rename constraint ${change.constraint} of ${renderName(change.table)} to ${change.to}`;
    case 'create index':
      return `add ${change.unique ? 'unique index' : 'index'} ${change.index} on ${renderName(change.table)}`;
    case 'drop index':
      return `drop index ${renderName(change.index)}`;
    case 'rename index':
      return `rename index ${renderName(change.index)} to ${change.to}`;
    case 'add enum value':
      return `add ${change.value} to ${renderName(change.type)}`;
    case 'rename enum value':
      return `rename ${change.value} of ${renderName(change.type)} to ${change.to}`;
    case 'create type':
    case 'drop type':
      return `${change.kind} ${renderName(change.type)}`;
    case 'create view':
    case 'drop view':
      return `${change.kind} ${renderName(change.view)}`;
    case 'create routine':
    case 'drop routine':
      return `${change.kind} ${renderName(change.routine)}`;
    case 'create trigger':
    case 'drop trigger':
      return `${change.kind} ${change.trigger} on ${renderName(change.table)}`;
    case 'comment':
      return change.table === undefined ? 'comment' : `comment on ${renderName(change.table)}`;
    case 'create policy':
    case 'drop policy':
      return `${change.kind} ${change.policy} on ${renderName(change.table)}`;
    default:
      return '';
  }
}

function describeAlteration({ to }: ColumnAlteration, column: string): string {
  switch (to) {
    case 'type':
      return `change the type of ${column}`;
    case 'set default':
    case 'drop default':
    case 'set not null':
    case 'drop not null':
      return `${to} on ${column}`;
    default:
      return `change ${to} of ${column}`;
  }
}

function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

function sentence(text: string): string {
  return text === '' ? '' : `${text[0]?.toUpperCase()}${text.slice(1)}`;
}

/** A name such as PostgreSQL stays as it is. */
export function lowerFirst(text: string): string {
  return text === '' || /^[A-Z]\w*[A-Z]/.test(text) ? text : `${text[0]?.toLowerCase()}${text.slice(1)}`;
}
