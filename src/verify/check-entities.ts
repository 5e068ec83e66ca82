/** Whether the migrations make what the entities describe. */
import type { Catalog } from '../catalog/catalog.ts';
import { compareCatalogs } from '../catalog/compare-catalogs.ts';
import { MigrationError, RefusedError, ServerError } from '../errors.ts';
import { readDecisionVariables } from '../generator/ask.ts';
import { readOpenChange } from '../generator/create-migrations.ts';
import type { Question } from '../planner/question.ts';
import type { Project } from '../project/project.ts';
import { renderUnlike } from '../runner/records/made.ts';
import type { EntityChange } from '../schema-generator.ts';
import { explanationOf } from './explain.ts';
import type { Finding } from './report.ts';

/** @param reached what all migrations made when they ran; absent where not all could. */
export async function checkEntities(project: Project, reached: Catalog | undefined): Promise<Finding[]> {
  try {
    const change = await project.schema.change();
    const entities = await findWithoutMigration(change);
    return [...entities, ...(reached && change.history ? findOther(change.history, reached) : [])];
  } catch (error) {
    if (reached === undefined && !(error instanceof ServerError)) {
      // the migration that cannot run has been named
      return [];
    }
    if (error instanceof MigrationError || error instanceof RefusedError) {
      const explanation = explanationOf(error, 'The entities cannot be compared with the migrations');
      return [{ check: 'entities', severity: error.exitCode === 2 ? 'decision' : 'failure', explanation }];
    }
    throw error;
  }
}

const REFERENCE = { reference: 'docs/verify.md' };

async function findWithoutMigration(change: EntityChange): Promise<Finding[]> {
  const { questions, sql: missing } = await readOpenChange(change, readDecisionVariables(process.env));
  if (questions.length > 0) {
    const explanation = {
      title: 'The entities have changed without a migration, and it needs a decision',
      subject: questions.map(renderQuestion).join('\n'),
      happens: 'No migration makes what the entities describe, and what is meant only a person can say.',
      hurts: 'The release would meet a database that it was not made for.',
      remedy: ['npm run migrate:create  asks, and writes the migration.', ...renderKeep(questions)],
      ...REFERENCE,
    };
    return [{ check: 'entities', severity: 'decision', explanation }];
  }
  if (missing.length === 0) {
    return [];
  }
  const explanation = {
    title: 'The entities have changed without a migration',
    subject: missing.map(sql => sql.trim()).join('\n'),
    happens: 'What all migrations make is not what the entities describe: this is what is missing.',
    hurts: 'The release would meet a database that it was not made for.',
    remedy: 'npm run migrate:create  writes the migration.',
    ...REFERENCE,
  };
  return [{ check: 'entities', severity: 'failure', explanation }];
}

/** For those who leave it in the database on purpose, here as in `migrate:check`. */
function renderKeep(questions: readonly Question[]): string[] {
  const [gone] = questions.filter(({ kind }) => kind === 'gone table' || kind === 'gone column');
  return gone ? [`What stays in the database on purpose:  MIGRATE_KEEP=${gone.name}`] : [];
}

function renderQuestion(question: Question): string {
  switch (question.kind) {
    case 'gone table':
    case 'gone column':
    case 'gone value':
      return question.candidates.length === 0
        ? `${question.name} is described no more: dropped, or kept?`
        : `${question.name} is described no more: dropped, kept, or now ${question.candidates.join(' or ')}?`;
    case 'reordered':
      return `${question.name} has its values in another order: made anew, or kept as it is?`;
    case 'fill':
      return question.isBack
        ? `${question.name} must not be null: what do the rows get when it comes back?`
        : `${question.name} must not be null: what do the rows get that are there?`;
    case 'using':
      return `${question.name} from ${question.from} to ${question.to}: how are its values converted${question.isBack ? ' back' : ''}?`;
    default: {
      const never: never = question;
      return never;
    }
  }
}

/** Step by step on a database with rows they are to make what they make one after the other on an empty one. */
function findOther(history: Catalog, reached: Catalog): Finding[] {
  const differences = compareCatalogs(history, reached);
  if (differences.length === 0) {
    return [];
  }
  const explanation = {
    title: 'On a database with rows the migrations make something else',
    subject: renderUnlike(differences).join('\n'),
    happens: 'Run online, they leave another schema than on an empty database.',
    hurts: 'Production and a new database would not be the same.',
    remedy: 'Find the migration whose statements depend on what is there.',
    ...REFERENCE,
  };
  return [{ check: 'entities', severity: 'failure', explanation }];
}
