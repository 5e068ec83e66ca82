/** What a migration does, and what its rollback loses, in words; and a name for it when none is given. Pure. */
import { type Change, type ObjectName, renderName } from '../statement/change.ts';
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
  if (down.length === 0) {
    return 'none, no statement is known that takes this back';
  }
  const losses = [
    ...of(down, 'drop table').map(({ table }) => `the rows of ${renderName(table)}`),
    ...of(down, 'drop column').map(({ table, column }) => `the values of ${renderName(table)}.${column}`),
  ];
  const empty = [
    ...of(up, 'drop table').map(({ table }) => renderName(table)),
    ...of(up, 'drop column').map(({ table, column }) => `${renderName(table)}.${column}`),
  ];
  return [
    lowerFirst(describeChanges(down)) || 'takes back what up does',
    losses.length > 0 ? `${list(losses)} are lost` : 'no data is lost',
    ...(empty.length > 0 ? [`${list(empty)} comes back empty`] : []),
  ].join('; ');
}

/** A name made from the change: `create_quiz_answers`, `add_locale_to_users`, `change_users_and_lessons`. */
export function nameFromChanges(changes: readonly Change[]): string {
  const groups = describeGroups(changes).filter(group => group !== '');
  if (groups.length === 1 && groups[0]) {
    return snakeCase(groups[0].replace(/ with .*$/, ''));
  }
  const tables = [...new Set(changes.flatMap(change => ('table' in change ? [change.table.name] : [])))];
  return tables.length === 0 ? 'change_schema' : snakeCase(`change ${tables.slice(0, 3).join(' and ')}`);
}

function describeChanges(changes: readonly Change[]): string {
  return sentence(describeGroups(changes).join('; '));
}

function describeGroups(changes: readonly Change[]): string[] {
  const created = new Set(of(changes, 'create table').map(({ table }) => renderName(table)));
  const dropped = new Set(of(changes, 'drop table').map(({ table }) => renderName(table)));
  const tables = [...created].map(table => describeNewTable(table, changes));
  const others = changes
    .filter(
      change =>
        !('table' in change) || (!created.has(renderName(change.table)) && !dropped.has(renderName(change.table))),
    )
    .filter(
      change => created.size + dropped.size === 0 || (change.kind !== 'create type' && change.kind !== 'drop type'),
    )
    .map(describeChange);
  const drops = [...dropped].map(table => `drop ${table}`);
  return [...tables, ...drops, ...others].filter((text, index, all) => text !== '' && all.indexOf(text) === index);
}

function describeNewTable(table: string, changes: readonly Change[]): string {
  const indexes = of(changes, 'create index').filter(change => renderName(change.table) === table).length;
  return indexes === 0 ? `create ${table}` : `create ${table} with ${indexes} ${indexes === 1 ? 'index' : 'indexes'}`;
}

function describeChange(change: Change): string {
  switch (change.kind) {
    case 'create table':
      return `create ${renderName(change.table)}`;
    case 'drop table':
      return `drop ${renderName(change.table)}`;
    case 'rename table':
      return `rename ${renderName(change.table)} to ${change.to}`;
    case 'add column':
      return `add ${change.column} to ${renderName(change.table)}`;
    case 'drop column':
      return `drop ${change.column} from ${renderName(change.table)}`;
    case 'rename column':
      return `rename ${renderName(change.table)}.${change.column} to ${change.to}`;
    case 'alter column':
      return describeAlteration(change.what, `${renderName(change.table)}.${change.column}`);
    case 'add constraint':
      return `add ${change.type} ${change.constraint} to ${renderName(change.table)}`;
    case 'drop constraint':
      return `drop constraint ${change.constraint} from ${renderName(change.table)}`;
    case 'create index':
      return `add ${change.unique ? 'unique index' : 'index'} ${change.index} on ${renderName(change.table)}`;
    case 'drop index':
      return `drop index ${renderName(change.index)}`;
    case 'add enum value':
      return `add ${change.value} to ${renderName(change.type)}`;
    case 'create type':
    case 'drop type':
      return describeObject(change.kind, change.type);
    case 'create view':
    case 'drop view':
      return describeObject(change.kind, change.view);
    case 'create routine':
    case 'drop routine':
      return describeObject(change.kind, change.routine);
    case 'other':
      return '';
    default:
      return change satisfies never;
  }
}

function describeAlteration(what: string, column: string): string {
  return what === 'type' ? `change the type of ${column}` : `${what === 'other' ? 'alter' : what} on ${column}`;
}

function describeObject(action: string, object: ObjectName): string {
  return `${action} ${renderName(object)}`;
}

function of<K extends Change['kind']>(changes: readonly Change[], kind: K): Extract<Change, { kind: K }>[] {
  return changes.filter((change): change is Extract<Change, { kind: K }> => change.kind === kind);
}

function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

function sentence(text: string): string {
  return text === '' ? '' : `${text[0]?.toUpperCase()}${text.slice(1)}`;
}

function lowerFirst(text: string): string {
  return text === '' ? '' : `${text[0]?.toLowerCase()}${text.slice(1)}`;
}
