/** Findings in words. Pure. */
import { ExplainedError, type Explanation, postgresError } from '../errors.ts';
import type { Finding } from './report.ts';

type Place = Pick<Finding, 'check' | 'migration'>;

/** What stopped a migration, in the words of whoever threw it. */
export function fromError(error: unknown, place: Place, way: string): Finding {
  return { ...place, severity: 'failure', explanation: explanationOf(error, `${place.migration} does not ${way}`) };
}

/** @param title for an error that says nothing of itself. */
export function explanationOf(error: unknown, title: string): Explanation {
  if (error instanceof ExplainedError) {
    const server = postgresError(error.cause)?.message;
    const { left = '', happens, ...explanation } = error.explanation;
    // nothing is left of a shadow database; other statements that are refused are named there too
    const more = left.split('\n').filter(line => /^Statement \d/.test(line));
    const said = server === undefined ? [] : [`PostgreSQL says: ${server}`];
    return { ...explanation, happens: [happens, ...said, ...more].join('\n') };
  }
  return { title, happens: error instanceof Error ? error.message : String(error), remedy: 'Mend the file.' };
}

export function noWayBack(name: string, happens: string): Finding {
  return {
    check: 'down',
    migration: name,
    severity: 'failure',
    explanation: {
      title: `${name} cannot be taken back`,
      happens,
      hurts: 'When the release turns out bad, the database cannot go back with it.',
      remedy: [
        'Write its down: the statements that take back what up does.',
        `If there is no way back and a person has decided so:  npm run migrate:verify -- --one-way ${name}`,
      ],
      reference: 'docs/verify.md',
    },
  };
}

export function otherCatalog(name: string, lines: readonly string[]): Finding {
  return {
    check: 'down',
    migration: name,
    severity: 'failure',
    explanation: {
      title: `${name} does not take back what it does`,
      subject: lines.join('\n'),
      happens: 'After up and down the schema is not what it was before.',
      hurts: 'The release before finds a database that it was not made for, and up may fail the next time.',
      remedy:
        'Let its down take back each of these; what cannot be taken back belongs into the header, as Rollback: … stays.',
      reference: 'docs/verify.md',
    },
  };
}

export function otherRows(name: string, lines: readonly string[]): Finding {
  return {
    check: 'down',
    migration: name,
    severity: 'failure',
    explanation: {
      title: `${name} loses values without saying so`,
      subject: lines.join('\n'),
      happens: 'Rows that were there before up are not the same after up and down.',
      hurts: 'Who reverts it in production, on the word of its header, loses these values for good.',
      remedy: [
        'Keep the values (another column, a table of its own) and let down put them back;',
        'or say it in the header:  Rollback: …; the values of table.column are lost',
      ],
      reference: 'docs/verify.md',
    },
  };
}

export function otherSecondTime(name: string, check: 'again' | 'crash', lines: readonly string[]): Finding {
  const crashed = check === 'crash';
  return {
    check,
    migration: name,
    severity: 'failure',
    explanation: {
      title: crashed ? `${name} does not survive being killed` : `${name} does something else the second time`,
      subject: lines.join('\n'),
      happens: crashed
        ? 'Killed after each of its steps and gone on with, it does not end where it ends undisturbed.'
        : 'Up, down and up again is not the same as up.',
      hurts: crashed
        ? 'A deploy that is interrupted leaves a database that no other one is like.'
        : 'What is reverted and run again leaves a database that no other one is like.',
      remedy: 'Let each step, in up and in down, be the same whatever was there before.',
      reference: 'docs/verify.md',
    },
  };
}
