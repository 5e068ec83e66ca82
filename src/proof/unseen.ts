/** What differs between two catalogs and is in none of the statements that lead from one to the other. */
import { type Difference, PRIMARY_KEY } from '../catalog/compare-catalogs.ts';
import { cutName } from '../catalog/generated-names.ts';
import type { Change, ObjectName } from '../statement/change.ts';
import { readStatements } from '../statement/read.ts';
import { type Remedy, renderRemedy } from './remedy.ts';

/** With the statements that mend it and take that back. */
export type UnseenDifference = Difference & Remedy;

/** @param sql the statements from the first catalog of the comparison to the second. */
export async function findUnseen(differences: readonly Difference[], sql: string): Promise<UnseenDifference[]> {
  if (differences.length === 0) {
    return [];
  }
  const changes = (await readStatements(sql)).flatMap(statement => statement.changes);
  return differences
    .filter(difference => !changes.some(change => mayExplain(change, difference)))
    .map(difference => ({ ...difference, ...renderRemedy(difference) }));
}

/** A change that touches the object, or one after which PostgreSQL words it differently by itself. */
function mayExplain(change: Change, difference: Difference): boolean {
  const { object, relation, name = '', property } = difference;
  const table = 'table' in change && change.table ? qualifiedName(change.table) : undefined;
  switch (object) {
    case 'table':
      return table === relation && (isOfTable(change) || (property !== undefined && changesTable(change, property)));
    case 'column':
      return table === relation && touchesColumn(change, name, property);
    case 'constraint':
    case 'index':
    case 'trigger':
    case 'policy':
      return touchesPart(change, difference) || (table === relation && rewords(change, difference));
    case 'enum':
      return 'type' in change && qualifiedName(change.type) === relation;
    case 'sequence':
      // that of a serial or identity column comes and goes with it
      return / owner /.test(String(difference.after ?? difference.before));
    case 'view':
      return 'view' in change && qualifiedName(change.view) === relation;
    case 'routine':
      return 'routine' in change && relation.startsWith(`${qualifiedName(change.routine)}(`);
    case 'schema':
      return change.kind === 'other' && change.statement === 'CreateSchemaStmt' && difference.after !== undefined;
    case 'extension':
    case 'type':
    case 'statistics':
    case 'comment':
      return false;
    default: {
      const never: never = object;
      return never;
    }
  }
}

function isOfTable({ kind }: Change): boolean {
  return kind === 'create table' || kind === 'drop table' || kind === 'rename table';
}

function changesTable(change: Change, property: Difference['property']): boolean {
  return change.kind === 'comment'
    ? property === 'comment'
    : change.kind === 'alter table' && property === 'rowSecurity' && change.command.endsWith('RowSecurity');
}

function touchesColumn(change: Change, name: string, property: Difference['property']): boolean {
  switch (change.kind) {
    case 'add column':
    case 'drop column':
      return change.column === name;
    case 'rename column':
      return change.column === name || change.to === name;
    case 'alter column':
      return (
        change.column === name && (property === undefined || ALTERS[change.alteration.to]?.includes(property) === true)
      );
    case 'comment':
      return property === 'comment';
    default:
      return isOfTable(change);
  }
}

const ALTERS: Readonly<Record<string, readonly (Difference['property'] | undefined)[] | undefined>> = {
  type: ['type', 'collation', 'default'],
  'set default': ['default'],
  'drop default': ['default'],
  'set not null': ['notNull'],
  'drop not null': ['notNull'],
  'add identity': ['identity', 'notNull'],
  'drop identity': ['identity'],
  'set generated': ['generated'],
  'drop expression': ['generated'],
};

function touchesPart(change: Change, { relation, name }: Difference): boolean {
  switch (change.kind) {
    case 'add constraint':
      return (
        qualifiedName(change.table) === relation &&
        (name === PRIMARY_KEY ? change.definition.type === 'primary key' : change.constraint === name)
      );
    case 'drop constraint':
    case 'validate constraint':
      return qualifiedName(change.table) === relation && change.constraint === name;
    case 'rename constraint':
      return change.constraint === name || change.to === name;
    case 'create index':
    case 'drop index':
      return (typeof change.index === 'string' ? change.index : change.index.name) === name;
    case 'rename index':
      return change.index.name === name || change.to === name;
    case 'create trigger':
    case 'drop trigger':
      return qualifiedName(change.table) === relation && change.trigger === name;
    case 'create policy':
    case 'drop policy':
      return qualifiedName(change.table) === relation && change.policy === name;
    default:
      return false;
  }
}

/** After a rename, or a new type, the definitions that name the column follow; with a column its own parts come and go. */
function rewords(change: Change, { before, after }: Difference): boolean {
  const definitions = `${before ?? ''} ${after ?? ''}`;
  switch (change.kind) {
    case 'rename table':
    case 'create table':
    case 'drop table':
      return true;
    case 'rename column':
      return definitions.includes(change.column) || definitions.includes(change.to);
    case 'drop column':
      return after === undefined && definitions.includes(change.column);
    case 'add column':
      return change.definition.constraints.length > 0 && definitions.includes(change.column);
    case 'alter column':
      return (
        change.alteration.to === 'type' &&
        before !== undefined &&
        after !== undefined &&
        definitions.includes(change.column) &&
        withoutCasts(String(before)) === withoutCasts(String(after))
      );
    default:
      return false;
  }
}

/** With another type come other casts: `(0)::numeric` for `0`, `'0'::bigint` for `'0'::integer`. */
function withoutCasts(definition: string): string {
  const casts =
    /::(?:"(?:[^"]|"")*"|[\w.]+(?: (?:varying|precision|(?:with|without) time zone))?)(?:\([\d,]+\))?(?:\[\])*/g;
  return definition.replaceAll(casts, '').replaceAll(/[\s()']/g, '');
}

function qualifiedName({ schema = 'public', name }: ObjectName): string {
  return `${schema}.${cutName(name)}`;
}
