/** A schema that is not what the entities and the migrations say: by whom, and what to do about each. */
import type { Difference } from '../../catalog/compare-catalogs.ts';
import type { Finding } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** What somebody has changed by hand. */
export function findDrift({ drift, mends, byHand }: Patient): Finding[] {
  if (drift.length === 0) {
    return [];
  }
  const statements = mends.flatMap(({ steps }) => steps.map(({ sql }) => sql));
  const isValueGone = drift.some(
    ({ object, after }) => after === undefined && (object === 'column' || object === 'table'),
  );
  return [
    {
      id: 'changed-by-hand',
      severity: 'person',
      title: 'The schema was changed by hand',
      subject: drift.map(renderDifference).join('\n'),
      happens: 'It is not what the executed migrations have made.',
      hurts: 'A new database made from the migrations is another one than this; what they change next may not fit.',
      remedy: [
        ...(statements.length > 0 ? ['To have it back as it was:', ...statements.map(sql => `  ${sql};`)] : []),
        ...(byHand.length > 0 ? [`By hand: ${byHand.map(nameOf).join(', ')}`] : []),
        ...(isValueGone ? ['Values that went with a column or table come back from a backup only.'] : []),
        'To keep it: change the entity, then npm run migrate:create; npm run migrate finds it there and records it.',
        'A development database:  npm run db:reset',
      ],
      reference: 'docs/migrations.md',
    },
  ];
}

function renderDifference({ before, after, ...object }: Difference): string {
  const what = nameOf(object);
  return after === undefined ? `${what} is gone` : `${what}: was ${show(before)}, is ${show(after)}`;
}

function nameOf({
  object,
  relation,
  name,
  property,
}: Pick<Difference, 'object' | 'relation' | 'name' | 'property'>): string {
  const path = [relation.replace(/^public\./, ''), name].filter(Boolean).join('.');
  return `${object} ${path}${property ? ` (${property})` : ''}`;
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** An entity that was changed, and no migration makes that. */
export function findOpenChange({ open }: Patient): Finding[] {
  if (!open || open.questions.length + open.sql.length === 0) {
    return [];
  }
  const asks = open.questions.map(({ name }) => name);
  return [
    {
      id: 'no-migration',
      severity: asks.length > 0 ? 'person' : 'do',
      title: 'The entities have changed, and no migration makes that',
      subject: asks.length > 0 ? [...new Set(asks)].join('\n') : open.sql.join('\n').trim(),
      happens:
        asks.length > 0
          ? 'What became of these only a person can say.'
          : 'These statements are what the entities have ahead of the migrations.',
      hurts: 'The release reads and writes what is in no database yet.',
      remedy: [
        'See what would be written:  npm run migrate:diff',
        'Write it:  npm run migrate:create -- --name …',
        'Only to try it out, in development:  npm run db:push',
      ],
      reference: 'docs/migrations.md',
    },
  ];
}
