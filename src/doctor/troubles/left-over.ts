/** What was begun and not ended, and no migration is about to end. */
import type { Catalog } from '../../catalog/catalog.ts';
import { SYNC_PREFIX } from '../../planner/type-change/move.ts';
import { quoteIdentifier } from '../../statement/change.ts';
import type { Finding } from '../finding.ts';
import type { Patient } from '../patient.ts';

export function findLeftOver(patient: Patient): Finding[] {
  const isAtWork = patient.migrations.some(({ state }) => state === 'running' || state === 'stopped');
  // what a run has begun is its own to end, and what the migrations made stays until their contract
  return isAtWork ? [] : [...invalidIndexes(patient), ...openConstraints(patient), ...shadows(patient)];
}

function invalidIndexes({ live, history }: Patient): Finding[] {
  return partsOf(live, 'indexes', history)
    .filter(({ definition }) => definition.endsWith(' (invalid)'))
    .map(({ relation, name }) => ({
      id: 'invalid-index',
      severity: 'do',
      title: `An invalid index: ${name} on ${shown(relation)}`,
      happens: 'A concurrent build has failed, or was killed, and left it.',
      hurts: 'Every write keeps it up to date, and no read uses it; a unique one still refuses rows.',
      remedy: [`drop index concurrently if exists ${quoted(relation.split('.')[0] ?? '', name)}`],
      reference: 'docs/rules/index-concurrently.md',
    }));
}

function openConstraints({ live, history }: Patient): Finding[] {
  return partsOf(live, 'constraints', history)
    .filter(({ definition }) => definition.endsWith(' (not validated)'))
    .map(part => (/ NOT ENFORCED\b/.test(part.definition) ? notEnforced(part) : notValidated(part)));
}

function notValidated({ relation, name }: Part): Finding {
  return {
    id: 'not-validated',
    severity: 'do',
    title: `A constraint that is not validated: ${name} on ${shown(relation)}`,
    happens: 'It holds for what is written from now on; nobody has looked at the rows that were there before.',
    hurts: 'Any update of an old row that breaks it fails, also of another column; the planner does not rely on it.',
    remedy: [`alter table ${quotedRelation(relation)} validate constraint ${quoteIdentifier(name)}`],
    reference: 'docs/rules/validate-constraint.md',
  };
}

/** PostgreSQL 18. https://www.postgresql.org/docs/current/sql-altertable.html */
function notEnforced({ relation, name, definition }: Part): Finding {
  const table = `alter table ${quotedRelation(relation)}`;
  const constraint = quoteIdentifier(name);
  const again = definition.replace(/ NOT ENFORCED\b.*$/, '');
  return {
    id: 'not-enforced',
    severity: 'person',
    title: `A constraint that is not enforced: ${name} on ${shown(relation)}`,
    subject: definition.replace(/ \(not validated\)$/, ''),
    happens: 'It is there, and PostgreSQL checks it neither for old rows nor for new ones.',
    hurts: 'Whoever relies on it finds rows that break it.',
    remedy: [
      'To have it hold:',
      `  ${table} drop constraint ${constraint};`,
      `  ${table} add constraint ${constraint} ${again} not valid;`,
      `  ${table} validate constraint ${constraint};`,
    ],
    reference: 'docs/rules/check-not-valid.md',
  };
}

/** Triggers that keep two columns the same, and columns that they filled. */
function shadows({ live, history }: Patient): Finding[] {
  const triggers = partsOf(live, 'triggers', history)
    .filter(({ relation, name }) => name.startsWith(SYNC_PREFIX) && !history?.tables[relation]?.triggers[name])
    .map(({ relation, name }) => ({
      what: `trigger ${name} on ${shown(relation)}`,
      sql: `drop trigger if exists ${quoteIdentifier(name)} on ${quotedRelation(relation)}`,
    }));
  const columns = Object.entries(live.tables).flatMap(([relation, { columns: own }]) =>
    Object.keys(own).flatMap(name => {
      const base = name.replace(/_(?:new|old)$/, '');
      const isShadow =
        base !== name && base in own && history?.tables[relation] && !history.tables[relation].columns[name];
      return isShadow
        ? [
            {
              what: `column ${shown(relation)}.${name}`,
              sql: `alter table ${quotedRelation(relation)} drop column if exists ${quoteIdentifier(name)}`,
            },
          ]
        : [];
    }),
  );
  const all = [...triggers, ...columns];
  return all.length === 0
    ? []
    : [
        {
          id: 'left-over',
          severity: 'person',
          title: 'Left over from a change of type or name',
          subject: all.map(({ what }) => what).join('\n'),
          happens: 'No executed migration has made it, and none is under way.',
          hurts:
            triggers.length > 0
              ? 'Every write does the work twice; a value that the other column cannot hold is refused.'
              : 'Nobody keeps its values up to date, and who reads it does not know.',
          remedy: ['Make sure that nobody reads it, then:', ...all.map(({ sql }) => `  ${sql};`)],
          reference: 'docs/type-changes.md',
        },
      ];
}

interface Part {
  readonly relation: string;
  readonly name: string;
  readonly definition: string;
}

/** Of our tables, where they are known; without what the history has in the same words. */
function partsOf(live: Catalog, part: 'indexes' | 'constraints' | 'triggers', history: Catalog | undefined): Part[] {
  return Object.entries(live.tables).flatMap(([relation, table]) =>
    history && !history.tables[relation]
      ? []
      : Object.entries(table[part]).flatMap(([name, definition]) =>
          history?.tables[relation]?.[part][name] === definition ? [] : [{ relation, name, definition }],
        ),
  );
}

function shown(relation: string): string {
  return relation.replace(/^public\./, '');
}

function quotedRelation(relation: string): string {
  return shown(relation).split('.').map(quoteIdentifier).join('.');
}

function quoted(schema: string, name: string): string {
  return schema === 'public' ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}
