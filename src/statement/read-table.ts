/** `create table` and `alter table` in the parser's tree. */
import type {
  AlterTableCmd,
  AlterTableStmt,
  ColumnDef,
  Constraint as ConstraintNode,
  CreateStmt,
  Node,
} from '@pgsql/types';
import type { Change, Column, ColumnAlteration, Constraint, ConstraintType, ObjectName } from './change.ts';
import { nameFromNode, nameOfRelation, readExpression, renderType, stringsOf } from './nodes.ts';

export function readCreateTable({
  relation,
  tableElts = [],
  inhRelations = [],
  partbound,
  partspec,
  if_not_exists = false,
}: CreateStmt): Change[] {
  const columns = tableElts.flatMap(element => ('ColumnDef' in element ? [readColumn(element.ColumnDef)] : []));
  const constraints = tableElts.flatMap(element => ('Constraint' in element ? readConstraint(element.Constraint) : []));
  const [parent] = inhRelations;
  return [
    {
      kind: 'create table',
      table: nameOfRelation(relation),
      columns,
      constraints: [...columns.flatMap(column => column.constraints), ...constraints],
      ifNotExists: if_not_exists,
      ...(partbound && parent && 'RangeVar' in parent ? { partitionOf: nameOfRelation(parent.RangeVar) } : {}),
      ...(partspec ? { isPartitioned: true } : {}),
      isTemporary: relation?.relpersistence === 't',
    },
  ];
}

function readColumn({ colname: name = '', typeName, constraints: nodes = [] }: ColumnDef): Column {
  const own = nodes.flatMap(node => ('Constraint' in node ? [node.Constraint] : []));
  const find = (type: ConstraintNode['contype']): ConstraintNode | undefined =>
    own.find(({ contype }) => contype === type);
  const value = find('CONSTR_DEFAULT')?.raw_expr;
  const generated = find('CONSTR_GENERATED');
  const constraints = own
    .flatMap(readConstraint)
    .filter(({ type }) => type !== 'not null')
    .map(constraint => ({ ...constraint, columns: constraint.columns.length > 0 ? constraint.columns : [name] }));
  return {
    name,
    type: renderType(typeName),
    notNull: Boolean(find('CONSTR_NOTNULL') ?? find('CONSTR_PRIMARY') ?? find('CONSTR_IDENTITY')),
    ...(value ? { default: readExpression(value) } : {}),
    ...(generated ? { generated: generated.generated_kind === 'v' ? 'virtual' : 'stored' } : {}),
    identity: Boolean(find('CONSTR_IDENTITY')),
    constraints,
  };
}

const CONSTRAINT_TYPES: Partial<Record<NonNullable<ConstraintNode['contype']>, ConstraintType>> = {
  CONSTR_PRIMARY: 'primary key',
  CONSTR_UNIQUE: 'unique',
  CONSTR_FOREIGN: 'foreign key',
  CONSTR_CHECK: 'check',
  CONSTR_EXCLUSION: 'exclude',
  CONSTR_NOTNULL: 'not null',
};

/** Nothing for what is no constraint of its own: defaults, `null`, generated, identity, attributes. */
function readConstraint(node: ConstraintNode): Constraint[] {
  const { contype, conname: name = '', keys, fk_attrs, pk_attrs, pktable, raw_expr, indexname: index } = node;
  const type = contype && CONSTRAINT_TYPES[contype];
  if (!type) {
    return [];
  }
  const expression = type === 'check' && raw_expr ? readExpression(raw_expr) : undefined;
  return [
    {
      name,
      type,
      columns: expression?.columns ?? stringsOf(type === 'foreign key' ? fk_attrs : keys),
      ...(pktable ? { references: { table: nameOfRelation(pktable), columns: stringsOf(pk_attrs) } } : {}),
      ...(pktable && rulesOf(node) ? { rules: rulesOf(node) } : {}),
      ...(expression ? { expression } : {}),
      notValid: Boolean(node.skip_validation),
      notEnforced: node.is_enforced === false,
      ...(index ? { index } : {}),
    },
  ];
}

/** As `rules` of the facts has them. */
function rulesOf({ fk_matchtype, fk_upd_action, fk_del_action, deferrable, initdeferred }: ConstraintNode): string {
  const action = (event: string, code = ''): string[] => (ACTIONS[code] ? [`on ${event} ${ACTIONS[code]}`] : []);
  return [
    ...(fk_matchtype === 'f' ? ['match full'] : []),
    ...action('update', fk_upd_action),
    ...action('delete', fk_del_action),
    ...(deferrable ? ['deferrable'] : []),
    ...(initdeferred ? ['initially deferred'] : []),
  ].join(' ');
}

const ACTIONS: Readonly<Record<string, string>> = { r: 'restrict', c: 'cascade', n: 'set null', d: 'set default' };

export function readAlterTable({ relation, cmds = [], objtype }: AlterTableStmt): Change[] {
  if (objtype !== 'OBJECT_TABLE') {
    return [{ kind: 'other', statement: `AlterTableStmt ${objtype}` }];
  }
  const table = nameOfRelation(relation);
  return cmds.flatMap(cmd => ('AlterTableCmd' in cmd ? readCommand(table, cmd.AlterTableCmd) : []));
}

function readCommand(table: ObjectName, command: AlterTableCmd): Change[] {
  const { subtype = 'AT_AddColumn', name = '', def, behavior, missing_ok = false } = command;
  const cascade = behavior === 'DROP_CASCADE';
  switch (subtype) {
    case 'AT_AddColumn': {
      const definition = readColumn(def && 'ColumnDef' in def ? def.ColumnDef : {});
      return [{ kind: 'add column', table, column: definition.name, definition, ifNotExists: missing_ok }];
    }
    case 'AT_DropColumn':
      return [{ kind: 'drop column', table, column: name, ifExists: missing_ok, cascade }];
    case 'AT_AddConstraint':
      return (def && 'Constraint' in def ? readConstraint(def.Constraint) : []).map(definition => {
        return { kind: 'add constraint', table, constraint: definition.name, definition };
      });
    case 'AT_ValidateConstraint':
      return [{ kind: 'validate constraint', table, constraint: name }];
    case 'AT_DropConstraint':
      return [{ kind: 'drop constraint', table, constraint: name, ifExists: missing_ok, cascade }];
    case 'AT_AttachPartition':
      return [{ kind: 'attach partition', table, partition: partitionOf(def).name }];
    case 'AT_DetachPartition':
      return [
        {
          kind: 'detach partition',
          table,
          partition: partitionOf(def).name,
          concurrently: partitionOf(def).concurrent,
        },
      ];
    default: {
      const alteration = readAlteration(command);
      return [
        alteration
          ? { kind: 'alter column', table, column: name, alteration }
          : { kind: 'alter table', table, command: subtype },
      ];
    }
  }
}

function readAlteration({ subtype, def }: AlterTableCmd): ColumnAlteration | undefined {
  switch (subtype) {
    case 'AT_AlterColumnType': {
      const { typeName, raw_default: using } = def && 'ColumnDef' in def ? def.ColumnDef : {};
      return { to: 'type', type: renderType(typeName), ...(using ? { using: readExpression(using) } : {}) };
    }
    case 'AT_ColumnDefault':
      return def ? { to: 'set default', default: readExpression(def) } : { to: 'drop default' };
    default:
      return subtype && ALTERATIONS[subtype];
  }
}

const ALTERATIONS: Partial<Record<NonNullable<AlterTableCmd['subtype']>, ColumnAlteration>> = {
  AT_SetNotNull: { to: 'set not null' },
  AT_DropNotNull: { to: 'drop not null' },
  AT_AddIdentity: { to: 'add identity' },
  AT_SetIdentity: { to: 'options' },
  AT_DropIdentity: { to: 'drop identity' },
  AT_SetExpression: { to: 'set generated' },
  AT_DropExpression: { to: 'drop expression' },
  AT_SetStatistics: { to: 'statistics' },
  AT_SetStorage: { to: 'storage' },
  AT_SetCompression: { to: 'compression' },
  AT_SetOptions: { to: 'options' },
  AT_ResetOptions: { to: 'options' },
};

function partitionOf(def: Node | undefined): { name: ObjectName; concurrent: boolean } {
  if (def && 'PartitionCmd' in def) {
    return { name: nameOfRelation(def.PartitionCmd.name), concurrent: Boolean(def.PartitionCmd.concurrent) };
  }
  return { name: nameFromNode(def), concurrent: false };
}
