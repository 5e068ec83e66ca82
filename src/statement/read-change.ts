/** Any statement in the parser's tree to its changes. */
import type { AlterEnumStmt, DropStmt, IndexStmt, Node, RenameStmt, VacuumStmt } from '@pgsql/types';
import type { Change } from './change.ts';
import { nameFromList, nameFromNode, nameOfRelation, readExpression, stringsOf } from './nodes.ts';
import { readAlterTable, readCreateTable } from './read-table.ts';

/** What each kind of node changes; a node that is not here is 'other'. */
const READERS: { readonly [kind: string]: ((node: never) => Change[]) | undefined } = {
  CreateStmt: readCreateTable,
  AlterTableStmt: readAlterTable,
  RenameStmt: readRename,
  DropStmt: readDrop,
  IndexStmt: readCreateIndex,
  AlterEnumStmt: readAlterEnum,
  VacuumStmt: readVacuum,
} satisfies { [kind: string]: (node: never) => Change[] };

export function readChanges(node: Node): Change[] {
  const kind = Object.keys(node)[0] ?? '';
  const read = READERS[kind];
  return read ? read((node as unknown as Record<string, never>)[kind] as never) : [readSimple(node)];
}

function readSimple(node: Node): Change {
  if ('CreateEnumStmt' in node) {
    const { typeName, vals } = node.CreateEnumStmt;
    return { kind: 'create type', type: nameFromList(typeName), labels: stringsOf(vals) };
  }
  if ('CompositeTypeStmt' in node) {
    return { kind: 'create type', type: nameOfRelation(node.CompositeTypeStmt.typevar) };
  }
  if ('CreateDomainStmt' in node) {
    return { kind: 'create type', type: nameFromList(node.CreateDomainStmt.domainname) };
  }
  if ('ViewStmt' in node) {
    return { kind: 'create view', view: nameOfRelation(node.ViewStmt.view), materialized: false };
  }
  if ('CreateTableAsStmt' in node) {
    const { into, objtype } = node.CreateTableAsStmt;
    const name = nameOfRelation(into?.rel);
    return objtype === 'OBJECT_MATVIEW'
      ? { kind: 'create view', view: name, materialized: true, ...(into?.skipData ? { withoutData: true } : {}) }
      : { kind: 'create table', table: name, columns: [], constraints: [], ifNotExists: false, isTemporary: false };
  }
  if ('RefreshMatViewStmt' in node) {
    const { relation, concurrent = false, skipData } = node.RefreshMatViewStmt;
    const view = nameOfRelation(relation);
    return { kind: 'refresh view', view, concurrently: concurrent, ...(skipData ? { withoutData: true } : {}) };
  }
  if ('CreateFunctionStmt' in node) {
    return { kind: 'create routine', routine: nameFromList(node.CreateFunctionStmt.funcname) };
  }
  if ('CreateTrigStmt' in node) {
    const { relation, trigname = '' } = node.CreateTrigStmt;
    return { kind: 'create trigger', table: nameOfRelation(relation), trigger: trigname };
  }
  if ('CreatePolicyStmt' in node) {
    const { table, policy_name = '' } = node.CreatePolicyStmt;
    return { kind: 'create policy', table: nameOfRelation(table), policy: policy_name };
  }
  return readDataOrUtility(node);
}

function readDataOrUtility(node: Node): Change {
  if ('UpdateStmt' in node) {
    const { relation, whereClause } = node.UpdateStmt;
    return { kind: 'update', table: nameOfRelation(relation), isBounded: whereClause !== undefined };
  }
  if ('DeleteStmt' in node) {
    const { relation, whereClause } = node.DeleteStmt;
    return { kind: 'delete', table: nameOfRelation(relation), isBounded: whereClause !== undefined };
  }
  if ('InsertStmt' in node) {
    return { kind: 'insert', table: nameOfRelation(node.InsertStmt.relation) };
  }
  if ('SelectStmt' in node) {
    return { kind: 'select' };
  }
  if ('TruncateStmt' in node) {
    return { kind: 'truncate', tables: (node.TruncateStmt.relations ?? []).map(relationName) };
  }
  if ('LockStmt' in node) {
    return { kind: 'lock table', tables: (node.LockStmt.relations ?? []).map(relationName) };
  }
  if ('ClusterStmt' in node) {
    return {
      kind: 'cluster',
      ...(node.ClusterStmt.relation ? { table: nameOfRelation(node.ClusterStmt.relation) } : {}),
    };
  }
  if ('ReindexStmt' in node) {
    const { relation, name = '', params = [] } = node.ReindexStmt;
    return {
      kind: 'reindex',
      target: relation ? nameOfRelation(relation) : { name },
      concurrently: hasOption(params, 'concurrently'),
    };
  }
  if ('CommentStmt' in node) {
    return readComment(node.CommentStmt);
  }
  if ('DropdbStmt' in node) {
    return { kind: 'drop database', name: node.DropdbStmt.dbname ?? '' };
  }
  if ('TransactionStmt' in node) {
    return { kind: 'transaction' };
  }
  if ('VariableSetStmt' in node) {
    const { name = '', is_local = false } = node.VariableSetStmt;
    return { kind: 'set', setting: name, isLocal: is_local };
  }
  return { kind: 'other', statement: Object.keys(node)[0] ?? '' };
}

function readComment({ objtype, object }: { objtype?: string; object?: Node }): Change {
  const items = object && 'List' in object ? (object.List.items ?? []) : [];
  switch (objtype) {
    case 'OBJECT_TABLE':
      return { kind: 'comment', table: nameFromNode(object) };
    case 'OBJECT_COLUMN':
      return { kind: 'comment', table: nameFromList(items.slice(0, -1)) };
    default:
      return { kind: 'comment' };
  }
}

function readCreateIndex(node: IndexStmt): Change[] {
  const {
    relation,
    idxname = '',
    unique = false,
    concurrent = false,
    if_not_exists = false,
    accessMethod = 'btree',
  } = node;
  const elements = (node.indexParams ?? []).flatMap(param => ('IndexElem' in param ? [param.IndexElem] : []));
  return [
    {
      kind: 'create index',
      table: nameOfRelation(relation),
      index: idxname,
      unique,
      method: accessMethod,
      concurrently: concurrent,
      ifNotExists: if_not_exists,
      only: relation?.inh !== true,
      columns: elements.flatMap(({ name, expr }) => (name ? [name] : expr ? readExpression(expr).columns : [])),
      ...(node.whereClause ? { where: readExpression(node.whereClause) } : {}),
    },
  ];
}

function readAlterEnum({ typeName, oldVal, newVal = '', skipIfNewValExists = false }: AlterEnumStmt): Change[] {
  const type = nameFromList(typeName);
  return oldVal === undefined
    ? [{ kind: 'add enum value', type, value: newVal, ifNotExists: skipIfNewValExists }]
    : [{ kind: 'rename enum value', type, value: oldVal, to: newVal }];
}

function readRename({ renameType, relation, subname = '', newname: to = '' }: RenameStmt): Change[] {
  const table = nameOfRelation(relation);
  switch (renameType) {
    case 'OBJECT_TABLE':
      return [{ kind: 'rename table', table, to }];
    case 'OBJECT_COLUMN':
      return [{ kind: 'rename column', table, column: subname, to }];
    case 'OBJECT_TABCONSTRAINT':
      return [{ kind: 'rename constraint', table, constraint: subname, to }];
    case 'OBJECT_INDEX':
      return [{ kind: 'rename index', index: table, to }];
    default:
      return [{ kind: 'other', statement: `RenameStmt ${renameType}` }];
  }
}

function readDrop({
  removeType,
  objects = [],
  behavior,
  missing_ok: ifExists = false,
  concurrent = false,
}: DropStmt): Change[] {
  const cascade = behavior === 'DROP_CASCADE';
  return objects.map((object): Change => {
    const name = nameFromNode(object);
    const items = 'List' in object ? (object.List.items ?? []) : [];
    const onTable = { table: nameFromList(items.slice(0, -1)), name: stringsOf(items).at(-1) ?? '' };
    switch (removeType) {
      case 'OBJECT_TABLE':
        return { kind: 'drop table', table: name, ifExists, cascade };
      case 'OBJECT_INDEX':
        return { kind: 'drop index', index: name, concurrently: concurrent, ifExists, cascade };
      case 'OBJECT_TYPE':
      case 'OBJECT_DOMAIN':
        return { kind: 'drop type', type: name, ifExists, cascade };
      case 'OBJECT_VIEW':
      case 'OBJECT_MATVIEW':
        return { kind: 'drop view', view: name, materialized: removeType === 'OBJECT_MATVIEW', cascade };
      case 'OBJECT_FUNCTION':
      case 'OBJECT_PROCEDURE':
      case 'OBJECT_ROUTINE':
        return { kind: 'drop routine', routine: name, cascade };
      case 'OBJECT_TRIGGER':
        return { kind: 'drop trigger', table: onTable.table, trigger: onTable.name };
      case 'OBJECT_POLICY':
        return { kind: 'drop policy', table: onTable.table, policy: onTable.name };
      case 'OBJECT_SCHEMA':
        return { kind: 'drop schema', name: name.name };
      default:
        return { kind: 'other', statement: `DropStmt ${removeType}` };
    }
  });
}

function readVacuum({ options = [], rels = [], is_vacuumcmd = false }: VacuumStmt): Change[] {
  const tables = rels.map(rel =>
    'VacuumRelation' in rel ? nameOfRelation(rel.VacuumRelation.relation) : { name: '' },
  );
  return [{ kind: 'vacuum', isFull: hasOption(options, 'full'), isAnalyzeOnly: !is_vacuumcmd, tables }];
}

/** An option in parentheses, on unless it is said to be off. */
function hasOption(options: readonly Node[], name: string): boolean {
  return options.some(option => {
    if (!('DefElem' in option) || option.DefElem.defname !== name) {
      return false;
    }
    const { arg } = option.DefElem;
    const value =
      arg && 'String' in arg ? arg.String.sval : arg && 'Boolean' in arg ? String(arg.Boolean.boolval ?? false) : 'on';
    return !['false', 'off', '0', 'no'].includes(value ?? '');
  });
}

function relationName(node: Node): ReturnType<typeof nameOfRelation> {
  return 'RangeVar' in node ? nameOfRelation(node.RangeVar) : nameFromNode(node);
}
