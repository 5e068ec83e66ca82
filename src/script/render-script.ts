/** A script for psql, that does by itself what the runner would do. Pure. */
import { escapeLiteral } from 'pg';
import { applicationNameSql } from '../runner/application-name.ts';
import { strongestLocks } from '../runner/run-together.ts';
import { groupSteps, type Segment } from '../runner/segments.ts';
import { NETWORK_SETTINGS } from '../runner/session.ts';
import { quoteIdentifier } from '../statement/change.ts';
import { renderBackfill } from './render-backfill.ts';
import { renderBookkeeping, renderGuard } from './render-guard.ts';
import { renderIndexCheck, renderIndexGuard } from './render-index.ts';
import { renderLocks } from './render-locks.ts';
import { renderRowCheck } from './render-rows.ts';
import { comment, doBlock, terminated } from './render-sql.ts';
import type { Script, ScriptMigration } from './script.ts';

/** The whole text, with a newline at its end. */
export function renderScript(script: Script): string {
  const { migrations, place } = script;
  return [
    // psql goes on behind an error otherwise; and its startup file may have switched this off
    ['\\set ON_ERROR_STOP on', '\\set AUTOCOMMIT on'].join('\n'),
    comment(renderHeader(script)),
    renderSettings(place),
    renderGuard(script),
    renderBookkeeping(script),
    ...migrations.map((migration, index) => renderMigration(script, migration, index)),
    comment([
      `${script.migrations.length === 1 ? 'It is' : 'All are'} ${script.method === 'up' ? 'executed' : 'reverted'}: the lock of the run goes.`,
    ]),
    doBlock(
      'end',
      `begin
  perform pg_advisory_unlock_all();
end`,
    ),
    'reset all;',
  ]
    .join('\n\n')
    .concat('\n');
}

/** Whatever psql, its environment and the role have set: the same text does the same. */
function renderSettings({ searchPath, timeZone, dateStyle }: Script['place']): string {
  return [
    "set client_encoding = 'UTF8';",
    'set standard_conforming_strings = on;',
    `set timezone = ${escapeLiteral(timeZone)};`,
    `set datestyle = ${escapeLiteral(dateStyle)};`,
    `set search_path = ${searchPath.map(quoteIdentifier).join(', ') || "''"};`,
    'set client_min_messages = warning;',
    'set statement_timeout = 0;',
    'set lock_timeout = 0;',
    // who is stopped in the middle of a transaction gives up its locks
    "set idle_in_transaction_session_timeout = '15s';",
    renderNetworkSettings(),
  ].join('\n');
}

/** A backend whose psql is gone gives up; not every platform of the server knows these. */
function renderNetworkSettings(): string {
  const sets = Object.entries(NETWORK_SETTINGS).map(
    ([name, value]) => `  perform set_config('${name}', '${value}', false);`,
  );
  return doBlock(
    'network',
    ['begin', ...sets, 'exception when invalid_parameter_value or feature_not_supported then', '  null;', 'end'].join(
      '\n',
    ),
  );
}

function renderHeader({ method, migrations, losses, place }: Script): string[] {
  return [
    `${method === 'up' ? 'Runs' : 'Reverts'} ${migrations.map(({ name }) => name).join(', ')}.`,
    ...(losses === undefined ? [] : [`Lost for good: ${losses}.`]),
    '',
    'Run it as the role that owns the tables, near the server, since locks are held while psql sends the statements of a transaction one by',
    'one, and not through a pooler in transaction mode:',
    '    psql "$DATABASE_URL" < this_file.sql',
    'Not with --single-transaction: concurrent builds and backfills stand outside of one.',
    '',
    'psql cannot retry locks. So a block in front of each transaction asks for its locks in short attempts, for a minute, and gives way',
    'in between; npm run migrate does so for longer, names who blocks in more detail, and shows how far it is.',
    '',
    'It stops at the first error (exit code 3 of psql), and where it must not run: where a migration is executed already, has stopped',
    'half-way, or another process migrates. What was committed is recorded, step by step: npm run migrate goes on behind it, npm run',
    'migrate:down reverts it.',
    '',
    `Written on ${place.date} for PostgreSQL ${place.version} by npm run migrate:sql.`,
  ];
}

function renderMigration(script: Script, migration: ScriptMigration, index: number): string {
  const { migrations, method, settings, place } = script;
  const { name, steps, promises, recordSql } = migration;
  const numbered = steps.map((step, position) => ({ ...step, position }));
  const segments = groupSteps(numbered);
  const finish = [recordSql, place.journal.forgetSql(name)];
  // as the runner does: one transaction for everything needs no journal
  const isWhole = segments.length <= 1 && segments.every(({ transactional }) => transactional);
  const parts = segments.map((segment, at) => {
    const done = segment.steps.map(({ position, sql }) =>
      place.journal.writeSql({ migration: name, method, position, steps: steps.length, sql, state: 'done' }),
    );
    const after = at === segments.length - 1 ? finish : isWhole ? [] : done;
    const activity = { method, migration: name, step: segment.steps[0].position + 1, steps: steps.length };
    const text = segment.transactional
      ? renderTogether(script, segment, after)
      : renderAlone(script, { migration, segment, after });
    return `${applicationNameSql(activity)};\n${text}`;
  });
  return [
    comment([`${name}: ${method}, ${index + 1} of ${migrations.length}`]),
    doBlock(
      'start',
      `begin
  perform set_config('sunschool.started', clock_timestamp()::text, false);
end`,
    ),
    ...promises.map(promise => renderRowCheck(promise, { limitMs: settings.rowCheckMs })),
    ...(segments.length === 0 ? [transaction(finish)] : parts),
  ].join('\n\n');
}

type NumberedSegment = Segment<ScriptMigration['steps'][number] & { readonly position: number }>;

/** Steps that share a transaction. */
function renderTogether({ settings }: Script, { steps }: NumberedSegment, after: readonly string[]): string {
  const isAssumedSafe = steps.some(({ assumedSafe }) => assumedSafe !== undefined);
  const locks = strongestLocks(steps);
  const isLong = isAssumedSafe || steps.some(({ scans }) => scans);
  const prelude = [
    ...(locks.length > 0 && !isAssumedSafe ? [renderLocks(locks, settings)] : []),
    ...(isAssumedSafe || locks.length > 0 ? [`set local lock_timeout = ${settings.lockTimeoutMs};`] : []),
    ...(isLong || locks.length === 0 ? [] : [`set local statement_timeout = ${settings.statementTimeoutMs};`]),
  ];
  return transaction([...steps.map(step => `${comment(describeStep(step))}\n${step.sql}`), ...after], prelude);
}

interface LoneSegment {
  readonly migration: ScriptMigration;
  readonly segment: NumberedSegment;
  /** Statements that belong behind it. */
  readonly after: readonly string[];
}

/** A step that PostgreSQL runs in no transaction, or that makes its own. */
function renderAlone(
  { settings, place: { journal }, method }: Script,
  { migration: { name, steps }, segment, after }: LoneSegment,
): string {
  const [step] = segment.steps;
  const { sql, position, backfill, builds } = step;
  const entry = { migration: name, position };
  const begun = journal.writeSql({ ...entry, method, steps: steps.length, sql, state: 'begun' });
  const text = backfill
    ? renderBackfill({ backfill, entry, journal, settings })
    : [
        `set lock_timeout = ${settings.buildPatienceMs};`,
        terminated(sql),
        'set lock_timeout = 0;',
        ...(builds ? [renderIndexCheck(builds)] : []),
      ].join('\n');
  const guard = builds ? [renderIndexGuard(builds)] : [];
  return [...guard, terminated(begun), comment(describeStep(step)), text, transaction(after)].join('\n');
}

function transaction(statements: readonly string[], prelude: readonly string[] = []): string {
  return ['begin;', ...prelude, ...statements.map(terminated), 'commit;'].join('\n');
}

function describeStep({
  rule,
  locks,
  transactional,
  backfill,
  hazards,
  assumedSafe,
  position,
}: NumberedSegment['steps'][0]): string[] {
  const held = locks.map(({ table, mode }) => `${mode} on ${table}`).join(', ');
  const how = backfill ? ', in batches' : transactional ? '' : ', outside a transaction';
  return [
    `Step ${position + 1}, ${rule}${held === '' ? '' : `: ${held}`}${how}`,
    ...hazards,
    ...(assumedSafe === undefined ? [] : [`assumed safe: ${assumedSafe}`]),
  ];
}
