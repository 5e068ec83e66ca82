/** SQL text in, statements and their changes out, by PostgreSQL's own parser. Pure but for loading the parser once. */
import type { AlterTableCmd, AlterTableStmt, Constraint, DropStmt, Node, RangeVar, RenameStmt } from '@pgsql/types';
import type { Change, ColumnAlteration, ConstraintType, ObjectName } from './change.ts';

export interface Statement {
  /** The statement's own text, without the semicolon. */
  readonly sql: string;
  readonly changes: readonly Change[];
}

/**
 * Splits SQL into its statements and says what each changes.
 * @throws libpg-query's SqlError (with the position) where PostgreSQL 18 would report a syntax error.
 */
export async function readStatements(sql: string): Promise<Statement[]> {
  if (sql.trim() === '') {
    return [];
  }
  const parser = await import('libpg-query');
  const { stmts = [] } = await parser.parse(sql);
  const bytes = Buffer.from(sql);
  return stmts.map(({ stmt, stmt_location: start = 0, stmt_len: length }) => ({
    // the parser counts bytes, JavaScript counts UTF-16 units
    sql: bytes
      .subarray(start, length === undefined ? undefined : start + length)
      .toString()
      .trim(),
    changes: stmt ? readChanges(stmt) : [],
  }));
}

function readChanges(node: Node): Change[] {
  if ('CreateStmt' in node) {
    return readCreateTable(node.CreateStmt);
  }
  if ('AlterTableStmt' in node) {
    return readAlterTable(node.AlterTableStmt);
  }
  if ('RenameStmt' in node) {
    return readRename(node.RenameStmt);
  }
  if ('DropStmt' in node) {
    return readDrop(node.DropStmt);
  }
  if ('IndexStmt' in node) {
    const { relation, idxname = '', unique = false } = node.IndexStmt;
    return [{ kind: 'create index', table: nameOf(relation), index: idxname, unique }];
  }
  if ('CreateEnumStmt' in node) {
    return [{ kind: 'create type', type: nameFrom(node.CreateEnumStmt.typeName) }];
  }
  if ('AlterEnumStmt' in node) {
    return [
      { kind: 'add enum value', type: nameFrom(node.AlterEnumStmt.typeName), value: node.AlterEnumStmt.newVal ?? '' },
    ];
  }
  if ('ViewStmt' in node) {
    return [{ kind: 'create view', view: nameOf(node.ViewStmt.view) }];
  }
  if ('CreateTableAsStmt' in node) {
    return [{ kind: 'create view', view: nameOf(node.CreateTableAsStmt.into?.rel) }];
  }
  if ('CreateFunctionStmt' in node) {
    return [{ kind: 'create routine', routine: nameFrom(node.CreateFunctionStmt.funcname) }];
  }
  return [{ kind: 'other', statement: Object.keys(node)[0] ?? '' }];
}

function readCreateTable({ relation, tableElts = [] }: { relation?: RangeVar; tableElts?: Node[] }): Change[] {
  const table = nameOf(relation);
  const columns: string[] = [];
  const constraints: Change[] = [];
  for (const element of tableElts) {
    if ('ColumnDef' in element) {
      const { colname = '', constraints: own = [] } = element.ColumnDef;
      columns.push(colname);
      constraints.push(...own.flatMap(constraint => readConstraint(table, constraint, colname)));
    } else {
      constraints.push(...readConstraint(table, element));
    }
  }
  return [{ kind: 'create table', table, columns }, ...constraints.filter(isForeignKey)];
}

function isForeignKey(change: Change): boolean {
  return change.kind === 'add constraint' && change.type === 'foreign key';
}

function readAlterTable({ relation, cmds = [], objtype }: AlterTableStmt): Change[] {
  if (objtype !== 'OBJECT_TABLE') {
    return [{ kind: 'other', statement: 'AlterTableStmt' }];
  }
  const table = nameOf(relation);
  return cmds.flatMap(cmd => ('AlterTableCmd' in cmd ? readAlterTableCommand(table, cmd.AlterTableCmd) : []));
}

const COLUMN_ALTERATIONS: Partial<Record<NonNullable<AlterTableCmd['subtype']>, ColumnAlteration>> = {
  AT_AlterColumnType: 'type',
  AT_SetNotNull: 'set not null',
  AT_DropNotNull: 'drop not null',
  AT_SetStatistics: 'other',
  AT_SetStorage: 'other',
  AT_AddIdentity: 'other',
  AT_DropIdentity: 'other',
  AT_DropExpression: 'other',
};

function readAlterTableCommand(table: ObjectName, { subtype, name = '', def }: AlterTableCmd): Change[] {
  switch (subtype) {
    case 'AT_AddColumn': {
      const { colname: column = '', constraints = [] } = def && 'ColumnDef' in def ? def.ColumnDef : {};
      const own = constraints.flatMap(constraint => readConstraint(table, constraint, column)).filter(isForeignKey);
      return [{ kind: 'add column', table, column }, ...own];
    }
    case 'AT_DropColumn':
      return [{ kind: 'drop column', table, column: name }];
    case 'AT_ColumnDefault':
      return [{ kind: 'alter column', table, column: name, what: def ? 'set default' : 'drop default' }];
    case 'AT_AddConstraint':
      return def ? readConstraint(table, def) : [];
    case 'AT_DropConstraint':
      return [{ kind: 'drop constraint', table, constraint: name }];
    default: {
      const what = subtype && COLUMN_ALTERATIONS[subtype];
      return what
        ? [{ kind: 'alter column', table, column: name, what }]
        : [{ kind: 'other', statement: subtype ?? 'AlterTableCmd' }];
    }
  }
}

const CONSTRAINT_TYPES: Partial<Record<NonNullable<Constraint['contype']>, ConstraintType>> = {
  CONSTR_PRIMARY: 'primary key',
  CONSTR_UNIQUE: 'unique',
  CONSTR_FOREIGN: 'foreign key',
  CONSTR_CHECK: 'check',
  CONSTR_EXCLUSION: 'exclude',
  CONSTR_NOTNULL: 'not null',
};

function readConstraint(table: ObjectName, node: Node, column?: string): Change[] {
  if (!('Constraint' in node)) {
    return [];
  }
  const { contype, conname = '', keys = [], fk_attrs = [], pktable } = node.Constraint;
  const type = contype && CONSTRAINT_TYPES[contype];
  if (!type) {
    return [];
  }
  const columns = column === undefined ? stringsOf(type === 'foreign key' ? fk_attrs : keys) : [column];
  const references = pktable ? { references: nameOf(pktable) } : {};
  return [{ kind: 'add constraint', table, constraint: conname, type, columns, ...references }];
}

function readRename({ renameType, relation, subname = '', newname = '' }: RenameStmt): Change[] {
  const table = nameOf(relation);
  switch (renameType) {
    case 'OBJECT_TABLE':
      return [{ kind: 'rename table', table, to: newname }];
    case 'OBJECT_COLUMN':
      return [{ kind: 'rename column', table, column: subname, to: newname }];
    default:
      return [{ kind: 'other', statement: 'RenameStmt' }];
  }
}

function readDrop({ removeType, objects = [] }: DropStmt): Change[] {
  return objects.map((object): Change => {
    const name = nameFromNode(object);
    switch (removeType) {
      case 'OBJECT_TABLE':
        return { kind: 'drop table', table: name };
      case 'OBJECT_INDEX':
        return { kind: 'drop index', index: name };
      case 'OBJECT_TYPE':
        return { kind: 'drop type', type: name };
      case 'OBJECT_VIEW':
      case 'OBJECT_MATVIEW':
        return { kind: 'drop view', view: name };
      case 'OBJECT_FUNCTION':
      case 'OBJECT_PROCEDURE':
      case 'OBJECT_ROUTINE':
        return { kind: 'drop routine', routine: name };
      default:
        return { kind: 'other', statement: 'DropStmt' };
    }
  });
}

function nameFromNode(node: Node): ObjectName {
  if ('List' in node) {
    return nameFrom(node.List.items);
  }
  if ('TypeName' in node) {
    return nameFrom(node.TypeName.names);
  }
  return 'ObjectWithArgs' in node ? nameFrom(node.ObjectWithArgs.objname) : nameFrom([node]);
}

function nameOf(relation: RangeVar | undefined): ObjectName {
  const { schemaname: schema, relname: name = '' } = relation ?? {};
  return schema === undefined ? { name } : { schema, name };
}

/** A qualified name as the parser gives it: a list of one to three strings. */
function nameFrom(nodes: readonly Node[] = []): ObjectName {
  const parts = stringsOf(nodes);
  const name = parts.at(-1) ?? '';
  const schema = parts.at(-2);
  return schema === undefined ? { name } : { schema, name };
}

function stringsOf(nodes: readonly Node[]): string[] {
  return nodes.flatMap(node => ('String' in node ? [node.String.sval ?? ''] : []));
}
