/** New columns that an existing table cannot get online in one go, each with the way out. */
import { type ChangeOf, quoteIdentifier, quoteLiteral, quoteName, renderName } from '../statement/change.ts';
import { nameIn, readTokens } from '../statement/tokens.ts';
import { shown } from './alter-table.ts';
import type { RuleContext, Verdict } from './rule.ts';

type AddColumn = ChangeOf<'add column'>;

export function refuseColumn(change: AddColumn, context: RuleContext): Verdict | undefined {
  const { definition } = change;
  const { version } = context.facts;
  if (definition.identity || /^(small|big)?serial\d?$/i.test(definition.type)) {
    return refuseNumbered(change);
  }
  if (definition.generated === 'stored') {
    return refuseStored(change, version);
  }
  if (definition.generated === 'virtual' && version < 18) {
    return refuseVirtual(change, version);
  }
  if (isConstrainedDomain(definition.type, context)) {
    return refuseDomain(change);
  }
  const hasValue = definition.generated !== undefined || (definition.default && !definition.default.isNull);
  return definition.notNull && !hasValue ? refuseRequired(change) : undefined;
}

/** H32 */
function refuseNumbered({ table, column, definition }: AddColumn): Verdict {
  const [on, name] = [quoteName(table), quoteIdentifier(column)];
  const plain = definition.identity ? definition.type : plainType(definition.type.toLowerCase());
  const sequence = quoteIdentifier(`${table.name}_${column}_seq`);
  return {
    ...rewrite(shown(table), 'since each row gets a number of its own'),
    remedy: [
      `create sequence ${sequence};`,
      `alter table ${on} add column ${name} ${plain} default nextval(${quoteLiteral(sequence)}) not null, which becomes online steps;`,
      definition.identity
        ? `alter table ${on} alter column ${name} drop default, then add generated … as identity, restarted behind the last number`
        : `alter sequence ${sequence} owned by ${on}.${name}`,
    ],
  };
}

function plainType(serial: string): string {
  const isSmall = /^small|2$/.test(serial);
  return isSmall ? 'smallint' : /^big|8$/.test(serial) ? 'bigint' : 'int';
}

/** H34 */
function refuseStored({ table, column }: AddColumn, version: number): Verdict {
  const plain = `add "${column}" as a plain column, let a trigger fill it, and backfill the rows that are there`;
  return {
    ...rewrite(shown(table), `to compute "${column}" for each row`),
    remedy:
      version >= 18 ? ['generated always as (…) virtual, which is computed when it is read;', `or ${plain}`] : [plain],
  };
}

function refuseVirtual({ column }: AddColumn, version: number): Verdict {
  return {
    kind: 'refuse',
    happens: `PostgreSQL ${version} has no virtual columns: "${column}" is a syntax error.`,
    hurts: 'The migration fails half-way.',
    remedy: ['compute it in the application or in a view, or use PostgreSQL 18'],
  };
}

/** H35 */
function refuseDomain({ table, column, definition }: AddColumn): Verdict {
  return {
    ...rewrite(shown(table), `to check "${column}" against the domain ${definition.type}`),
    remedy: [`give "${column}" the type below ${definition.type}, and a check with the domain's condition`],
  };
}

/**
 * Whether the table has rows here makes no difference: it may have some where the file runs next, and a release that knows nothing
 * of the column may insert the first one at any time. H36.
 */
function refuseRequired({ table, column }: AddColumn): Verdict {
  return {
    kind: 'refuse',
    happens: `Neither the rows of ${shown(table)} nor those that the running release inserts have a value for "${column}".`,
    hurts: `The statement fails as soon as ${shown(table)} has a row; after it, each insert that does not name "${column}" fails.`,
    remedy: [
      `npm run migrate:create -- --fill ${renderName(table)}.${column}=<value>, which adds it with that value and makes it required later;`,
      `or give "${column}" a default`,
    ],
  };
}

function rewrite(table: string, why: string): Omit<Extract<Verdict, { kind: 'refuse' }>, 'remedy'> {
  return {
    kind: 'refuse',
    happens: `PostgreSQL writes all of ${table} anew under an ACCESS EXCLUSIVE lock, ${why}.`,
    hurts: `Every read and write of ${table} waits until the last row is written.`,
  };
}

/** An array of the domain's type is no domain. */
function isConstrainedDomain(type: string, { facts }: RuleContext): boolean {
  const name = readTokens(type)
    .map(nameIn)
    .join('')
    .replace(/^public\./, '');
  const found = facts.types[name];
  return found?.kind === 'domain' && found.isConstrained;
}
