/** What `npm run migrate` would stop at or run, and where the records are not what the database is. */
import type { Finding } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** Rows in the way, statements that are not online, records that do not fit the files: as `npm run migrate` says them. */
export function findProblems({ forecast }: Patient): Finding[] {
  return forecast.problems.map(problem => ({
    ...problem,
    id: problem.title.startsWith('Rows are in the way') ? 'rows' : 'refused',
    severity: 'person',
  }));
}

export function findPending({ forecast }: Patient): Finding[] {
  const names = forecast.migrations.filter(({ state }) => state === 'pending').map(({ name }) => name);
  return names.length === 0
    ? []
    : [
        {
          id: 'pending',
          severity: 'do',
          title: names.length === 1 ? 'A migration is pending' : `${names.length} migrations are pending`,
          subject: names.join('\n'),
          happens: 'The schema is older than this checkout.',
          hurts: 'The release that needs them fails on columns and tables that are not there.',
          remedy: ['What they will do:  npm run migrate:plan', 'Run them:  npm run migrate'],
        },
      ];
}

export function findThere({ forecast, migrations }: Patient): Finding[] {
  const names = forecast.migrations.filter(({ state }) => state === 'there').map(({ name }) => name);
  const isAdopted = migrations.some(({ executedAt }) => executedAt !== undefined);
  return names.length === 0
    ? []
    : [
        {
          id: 'not-recorded',
          severity: 'do',
          title: 'Already there, but not recorded',
          subject: names.join('\n'),
          happens: 'All that these migrations make is in the database, and no record says that they have run.',
          hurts: 'Each deploy takes them for pending; nothing behind them counts as next.',
          remedy: [
            'Record them, once each has been compared:',
            ...names.map(name => `  npm run migrate:log -- ${name}`),
            ...(isAdopted ? [] : ['A whole database that another tool has made:  npm run migrate:adopt']),
          ],
          reference: 'docs/migrations.md',
        },
      ];
}

export function findUndone({ undone, migrations }: Patient): Finding[] {
  const [first = ''] = undone;
  const isBehind = migrations.some(({ name, state }) => state === 'executed' && name > first && !undone.includes(name));
  return undone.length === 0
    ? []
    : [
        {
          id: 'not-there',
          severity: 'person',
          title: 'Recorded, but not there',
          subject: undone.join('\n'),
          happens: 'The records say that these migrations have run, and nothing of what they make is in the database.',
          hurts: 'The release fails on what is missing, and npm run migrate takes them for done.',
          remedy: [
            'If they never ran here, or were undone by hand: take them off the record, then run them.',
            ...undone.toReversed().map(name => `  npm run migrate:unlog -- ${name}`),
            `  npm run migrate${isBehind ? ' -- --allow-out-of-order' : ''}`,
            'If data went with them: bring back a backup first.',
          ],
          reference: 'docs/migrations.md',
        },
      ];
}
