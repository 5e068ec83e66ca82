/** The statements that build the column of the other type beside the old one, by the rules for each of its parts. Pure. */
import type { ColumnSettings } from '../../catalog/facts.ts';
import { quoteIdentifier, quoteLiteral } from '../../statement/change.ts';
import { lowerKeywords, renameColumns } from '../../statement/rename-columns.ts';
import { addKey, createIndex, withoutState } from './indexes.ts';
import {
  alterTable,
  findMove,
  type Move,
  type PlannedStatement,
  partsOf,
  quoteKey,
  type ShadowColumn,
  shadowName,
  shadowsOf,
  syncName,
  type TableMove,
} from './move.ts';
import { buildOnPartitions, isHandedDown } from './partitioned.ts';
import { type ForeignKey, isPrimary, readForeignKeys, renderKey } from './parts.ts';

/** Columns and triggers first, so that new rows have both; then the old rows; then what must hold for all of them. H21. */
export function buildShadows(move: Move): PlannedStatement[] {
  const each = (build: (table: TableMove, move: Move) => PlannedStatement[]): PlannedStatement[] =>
    move.tables.flatMap(table => build(table, move));
  return [
    ...each((table, { suffix }) => [...addColumns(table), ...createSync(table, suffix)]),
    ...fillAndConstrain(move),
  ];
}

/** What comes behind columns and triggers. */
export function fillAndConstrain(move: Move): PlannedStatement[] {
  const each = (build: (table: TableMove, move: Move) => PlannedStatement[]): PlannedStatement[] =>
    move.tables.flatMap(table => build(table, move));
  return [
    ...each(fillOldRows),
    ...each(buildConstraints),
    ...each(buildIndexes),
    ...addForeignKeys(move, affectedForeignKeys(move.goal, move)),
  ];
}

export function addColumns({ key, columns }: TableMove): PlannedStatement[] {
  return columns.flatMap(({ shadow, type, goal, settings = {}, hasDefault }) => {
    const collation = goal.collation === null ? '' : ` collate ${goal.collation}`;
    const name = `${quoteKey(key)}.${quoteIdentifier(shadow)}`;
    return [
      { sql: `${alterTable(key)} add column if not exists ${quoteIdentifier(shadow)} ${type}${collation} null` },
      ...(hasDefault
        ? [{ sql: `${alterTable(key)} alter column ${quoteIdentifier(shadow)} set default ${goal.default}` }]
        : []),
      ...(goal.comment === null ? [] : [{ sql: `comment on column ${name} is ${quoteLiteral(goal.comment)}` }]),
      ...renderSettings(settings, type).map(setting => ({
        sql: `${alterTable(key)} alter column ${quoteIdentifier(shadow)} set ${setting}`,
      })),
    ];
  });
}

/** A type that is kept inline alone takes neither storage nor compression: those of numbers and the like are left as they are. */
function renderSettings({ statistics, storage, compression, options }: ColumnSettings, type: string): string[] {
  const isLong = /\[\]$|^(?:text|character|bpchar|json|jsonb|bytea|numeric|xml|tsvector)\b/.test(type);
  return [
    ...(statistics === undefined ? [] : [`statistics ${statistics}`]),
    ...(storage === undefined || !isLong ? [] : [`storage ${storage}`]),
    ...(compression === undefined || !isLong ? [] : [`compression ${compression}`]),
    ...(options === undefined ? [] : [`(${options.map(option => option.replace('=', ' = ')).join(', ')})`]),
  ];
}

/**
 * Looks at every write: an `update of` would miss what another trigger changes. It runs behind the others, see `SYNC_PREFIX`. Its
 * function is not called where there is nothing to do, as in a backfill: https://www.postgresql.org/docs/current/sql-createtrigger.html
 */
export function createSync(table: TableMove, suffix: Move['suffix']): PlannedStatement[] {
  const assignments = table.columns.flatMap(column => [
    ...carryBack(column),
    `new.${quoteIdentifier(column.shadow)} := ${column.value('new')};`,
  ]);
  const lines = ['begin', ...[...assignments, 'return new;'].map(line => `  ${line}`), 'end'];
  const body = assignments.length === 1 ? ` ${lines.map(line => line.trim()).join(' ')} ` : `\n${lines.join('\n')}\n`;
  const stale = table.columns.map(({ isStale }) => isStale);
  const when = stale.every(condition => condition !== undefined) ? stale.join(' or ') : undefined;
  return createTrigger(table, suffix, { body, when });
}

/** A backfill writes no shadow that has a value: what changes one, and the column not, is its foreign key. */
function carryBack({ name, shadow, valueBack }: ShadowColumn): string[] {
  const [own, other] = [quoteIdentifier(name), quoteIdentifier(shadow)];
  if (valueBack === undefined) {
    return [];
  }
  const message = quoteLiteral(`a foreign key writes ${own} while its type changes: try again when that is done`);
  return [
    `if tg_op = 'UPDATE' and old.${other} is not null and new.${other} is distinct from old.${other} and new.${own} is not distinct from old.${own} then`,
    ...(valueBack === 'null alone'
      ? [
          `  if new.${other} is not null then`,
          `    raise foreign_key_violation using message = ${message};`,
          '  end if;',
          `  new.${own} := null;`,
        ]
      : [`  new.${own} := ${valueBack('new')};`]),
    'end if;',
  ];
}

/** @param parts.body of the function, in plpgsql. @param parts.when SQL over `new`. */
export function createTrigger(
  table: TableMove,
  suffix: Move['suffix'],
  { body, when }: { readonly body: string; readonly when?: string | undefined },
): PlannedStatement[] {
  const name = quoteIdentifier(syncName(table, suffix));
  const condition = when === undefined ? '' : ` when (${when})`;
  return [
    {
      sql: `create or replace function ${syncFunction(table, suffix)} returns trigger language plpgsql as $$${body}$$`,
    },
    {
      sql: `create or replace trigger ${name} before insert or update on ${quoteKey(table.key)} for each row${condition} execute function ${syncFunction(table, suffix)}`,
    },
  ];
}

export function dropSync(table: TableMove, suffix: Move['suffix']): PlannedStatement[] {
  const name = quoteIdentifier(syncName(table, suffix));
  return [
    { sql: `drop trigger if exists ${name} on ${quoteKey(table.key)}` },
    { sql: `drop function if exists ${syncFunction(table, suffix)}` },
  ];
}

/** `"zz_sync_lessons_score_new"()`, in the schema of the table. */
function syncFunction(table: TableMove, suffix: Move['suffix']): string {
  const [schema] = renderKey(table.key).split('.');
  const name = quoteIdentifier(syncName(table, suffix));
  return `${renderKey(table.key).includes('.') ? `${quoteIdentifier(schema ?? '')}.` : ''}${name}()`;
}

/** A row whose shadow is null although its value is not has not been written since the trigger came. */
function fillOldRows({ key, columns }: TableMove): PlannedStatement[] {
  const set = Object.fromEntries(columns.map(({ shadow, value }) => [shadow, value('')]));
  const open = columns.map(({ shadow, hasValue }) => `${quoteIdentifier(shadow)} is null and ${hasValue}`);
  const where = open.length === 1 ? (open[0] ?? '') : open.map(condition => `(${condition})`).join(' or ');
  const assignments = Object.entries(set).map(([column, value]) => `${quoteIdentifier(column)} = ${value}`);
  const sql = `update ${quoteKey(key)} set ${assignments.join(', ')} where ${where}`;
  return [{ sql, backfill: { table: renderKey(key), set, where } }];
}

function buildConstraints(table: TableMove, { suffix, version }: Move): PlannedStatement[] {
  const names = shadowsOf(table);
  const { checks } = partsOf(table, table.goal);
  return [
    ...table.columns.filter(({ goal }) => goal.notNull).flatMap(column => notNull(table, column, { suffix, version })),
    ...checks.map(({ name, definition }) => ({
      sql: `${alterTable(table.key)} add constraint ${quoteIdentifier(shadowName(name, suffix))} ${lowerKeywords(renameColumns(withoutState(definition), names))}`,
    })),
  ];
}

/** Since 18 it is a constraint with a name, which the swap makes the column's; before it is none. */
function notNull(
  { key }: TableMove,
  { name, shadow }: ShadowColumn,
  { suffix, version }: Pick<Move, 'suffix' | 'version'>,
): PlannedStatement[] {
  if (version < 18) {
    return [{ sql: `${alterTable(key)} alter column ${quoteIdentifier(shadow)} set not null` }];
  }
  const constraint = quoteIdentifier(shadowName(notNullName(key, name), suffix));
  return [
    { sql: `${alterTable(key)} add constraint ${constraint} not null ${quoteIdentifier(shadow)} not valid` },
    { sql: `${alterTable(key)} validate constraint ${constraint}` },
  ];
}

export function notNullName(key: string, column: string): string {
  return `${renderKey(key).split('.').at(-1)}_${column}_not_null`;
}

function buildIndexes(table: TableMove, { suffix, buildsUnique = false }: Move): PlannedStatement[] {
  if (table.partitions?.length) {
    return buildOnPartitions(table, { suffix });
  }
  const names = shadowsOf(table);
  const { indexes, keys } = partsOf(table, table.goal);
  const all = [...keys.map(({ name, index }) => ({ name, definition: index })), ...indexes];
  const built = keys.filter(key => buildsUnique && !isPrimary(key));
  return [
    ...all.map(({ name, definition }) => ({
      sql: createIndex(definition, { table, name: shadowName(name, suffix), columns: names }),
    })),
    ...built.map(key => {
      const name = shadowName(key.name, suffix);
      return { sql: addKey(table, { ...key, name }, name) };
    }),
  ];
}

/** Those with a changed column at one of their ends. */
export function affectedForeignKeys(catalog: Move['goal'], move: Move): ForeignKey[] {
  const isChanged = (key: string, columns: readonly string[]): boolean =>
    findMove(move, key)?.columns.some(({ name }) => columns.includes(name)) ?? false;
  return readForeignKeys(catalog).filter(
    ({ table, parent, columns, references, definition }) =>
      (isChanged(table, columns) || isChanged(parent, references)) && !isHandedDown(catalog, table, definition),
  );
}

/** Each between the columns that will have the names. */
export function addForeignKeys(move: Move, foreignKeys: readonly ForeignKey[]): PlannedStatement[] {
  return foreignKeys.map(({ name, table, parent, definition }) => {
    const at = definition.indexOf(' REFERENCES ');
    const own = findMove(move, table);
    const other = findMove(move, parent);
    const text = [
      own ? renameColumns(definition.slice(0, at), shadowsOf(own)) : definition.slice(0, at),
      other ? renameReferences(definition.slice(at), shadowsOf(other)) : definition.slice(at),
    ].join('');
    return {
      sql: `${alterTable(table)} add constraint ${quoteIdentifier(shadowName(name, move.suffix))} ${lowerKeywords(withoutState(text))}`,
    };
  });
}

/** Only between the brackets: the table may be called like the column. */
function renameReferences(text: string, names: ReadonlyMap<string, string>): string {
  const [open, close] = [text.indexOf('('), text.indexOf(')')];
  return text.slice(0, open) + renameColumns(text.slice(open, close), names) + text.slice(close);
}
