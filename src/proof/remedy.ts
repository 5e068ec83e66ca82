/** The statement that turns one side of a difference into the other, where the catalog's own words are one. Pure. */
import { type Difference, OWN_SEQUENCE, PRIMARY_KEY } from '../catalog/compare-catalogs.ts';
import { quoteIdentifier, quoteLiteral, quoteName } from '../statement/change.ts';

export interface Remedy {
  /** From the first side to the second; several statements are separated by a semicolon. Absent where there is no such. */
  readonly up?: string;
  readonly down?: string;
}

export function renderRemedy(difference: Difference): Remedy {
  const { before, after, ...object } = difference;
  const up = renderChange(difference);
  const down = renderChange({ ...object, before: after, after: before });
  return { ...(up === undefined ? {} : { up }), ...(down === undefined ? {} : { down }) };
}

function renderChange(difference: Difference): string | undefined {
  const { object, relation, name = '', property, before, after } = difference;
  switch (object) {
    case 'column':
      return changeColumn(difference);
    case 'constraint':
      return name === PRIMARY_KEY ? undefined : changeConstraint(difference);
    case 'index':
      return replace(before && `drop index ${quoteName({ ...schemaOf(relation), name })}`, after);
    case 'trigger':
      return changeTrigger(difference);
    case 'policy':
      return replace(
        before && `drop policy ${quoteIdentifier(name)} on ${quoted(relation)}`,
        after && `create policy ${quoteIdentifier(name)} on ${quoted(relation)} ${after}`,
      );
    case 'table':
      return property === 'rowSecurity' ? changeRowSecurity(difference) : undefined;
    case 'comment':
      return `comment ${relation} is ${quoteText(after ?? null)}`;
    case 'view':
    case 'routine':
    case 'enum':
    case 'sequence':
    case 'type':
    case 'statistics':
    case 'schema':
    case 'extension':
      return undefined;
    default: {
      const never: never = object;
      return never;
    }
  }
}

/** A rule is in the same list, and has another word. */
function changeTrigger({ relation, name = '', before, after }: Difference): string {
  const table = quoted(relation);
  const kind = /^CREATE RULE/.test(String(before ?? after)) ? 'rule' : 'trigger';
  const [, sql, state] = /^(.*?)( \((?:disabled|on replicas|always)\))?$/s.exec(String(after ?? '')) ?? [];
  const enable = state === undefined ? undefined : SWITCHES[state.trim()];
  const create = replace(before && `drop ${kind} ${quoteIdentifier(name)} on ${table}`, after && sql);
  return enable ? `${create};\nalter table ${table} ${enable} ${kind} ${quoteIdentifier(name)}` : create;
}

const SWITCHES: Readonly<Record<string, string>> = {
  '(disabled)': 'disable',
  '(on replicas)': 'enable replica',
  '(always)': 'enable always',
};

function changeRowSecurity({ relation, before, after }: Difference): string {
  const has = (word: string, side: unknown): boolean => String(side).includes(word);
  const switches = [
    ...(has('enabled', before) === has('enabled', after) ? [] : [has('enabled', after) ? 'enable' : 'disable']),
    ...(has('forced', before) === has('forced', after) ? [] : [has('forced', after) ? 'force' : 'no force']),
  ];
  return switches.map(word => `alter table ${quoted(relation)} ${word} row level security`).join(';\n');
}

function changeConstraint({ relation, name = '', before, after }: Difference): string {
  const table = `alter table ${quoted(relation)}`;
  const constraint = quoteIdentifier(name);
  if (typeof before === 'string' && before.replace(/ NOT VALID \(not validated\)$/, '') === after) {
    return `${table} validate constraint ${constraint}`;
  }
  return replace(
    before && `${table} drop constraint ${constraint}`,
    after && `${table} add constraint ${constraint} ${after}`,
  );
}

function changeColumn({ relation, name = '', property, before, after }: Difference): string | undefined {
  const column = `alter table ${quoted(relation)} alter column ${quoteIdentifier(name)}`;
  switch (property) {
    case 'type':
      return `${column} type ${after}`;
    case 'notNull':
      return `${column} ${after ? 'set' : 'drop'} not null`;
    case 'default':
      return after === OWN_SEQUENCE
        ? undefined
        : after === null
          ? `${column} drop default`
          : `${column} set default ${after}`;
    case 'identity':
      return changeIdentity(column, before, after);
    case 'generated':
      // the way back computes them again: a person's, or the comparator's
      return String(before).startsWith('s ') && after === '' ? `${column} drop expression` : undefined;
    case 'comment':
      return `comment on column ${quoted(relation)}.${quoteIdentifier(name)} is ${quoteText(after)}`;
    default:
      return undefined;
  }
}

/** https://www.postgresql.org/docs/current/catalog-pg-attribute.html: `a` always, `d` by default. */
function changeIdentity(column: string, before: unknown, after: unknown): string {
  if (after === '') {
    return `${column} drop identity`;
  }
  const kind = after === 'a' ? 'always' : 'by default';
  return before === '' ? `${column} add generated ${kind} as identity` : `${column} set generated ${kind}`;
}

function quoteText(text: unknown): string {
  return text === null ? 'null' : quoteLiteral(String(text));
}

/** Without what the catalog adds about its state: `(invalid)`, `(not validated)`. */
function replace(drop: unknown, definition: unknown): string {
  const statements = [drop, definition].filter(sql => sql !== undefined);
  return statements.map(sql => String(sql).replace(/ \((?:invalid|not validated)\)$/, '')).join(';\n');
}

function schemaOf(relation: string): { schema?: string } {
  const schema = relation.slice(0, relation.indexOf('.'));
  return schema === 'public' ? {} : { schema };
}

function quoted(relation: string): string {
  return quoteName({ ...schemaOf(relation), name: relation.slice(relation.indexOf('.') + 1) });
}
