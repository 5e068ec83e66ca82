/** Whether the answers that flags give are answers to what the change asks: a typing error must not pass for one. Pure. */
import { SettingsError } from '../errors.ts';
import { type Decisions, NO_DECISIONS } from './decisions.ts';
import { lostValues } from './enum-values.ts';
import type { Question } from './question.ts';
import { changedColumns, planQuestions, type SchemaChange } from './questions.ts';

/**
 * @throws SettingsError that names each answer to what is not in question, each name that is not there to be taken, and what
 * has two answers; and says what is in question.
 */
export function assertAnswersFit(change: SchemaChange, decisions: Decisions): void {
  const asked = findAsked(change, decisions);
  const problems = [
    ...findStrangers(asked, decisions),
    ...findBadRenames(change, decisions),
    ...findBadValues(change, decisions),
    ...findContradictions(decisions),
  ];
  if (problems.length === 0) {
    return;
  }
  const open = [
    ...[...asked.gone].map(name => `what became of ${name}`),
    ...[...asked.fills].map(name => `what to fill ${name} with`),
    ...[...asked.usings].map(name => `what ${name} becomes in its new type`),
    ...[...asked.values].map(name => `what became of ${name}`),
    ...[...asked.reordered].map(name => `the order of ${name}`),
  ];
  throw new SettingsError({
    title: 'An answer does not fit the change of the entities',
    subject: problems.join('\n'),
    happens:
      open.length === 0
        ? 'Nothing is in question: the entities have every table, column and enum value, and none needs a value.'
        : `In question: ${open.join(', ')}.`,
    hurts: 'Taken for another answer, or for none, it would rename, fill or drop something else than was meant.',
    remedy: 'Correct the flag, or leave it out to be asked.',
    left: 'Nothing was written.',
  });
}

interface Asked {
  /** Tables and columns that no entity describes any more. */
  readonly gone: ReadonlySet<string>;
  readonly fills: ReadonlySet<string>;
  /** Columns that change their type. */
  readonly usings: ReadonlySet<string>;
  /** Values that an enum lost, and enums in another order. */
  readonly values: ReadonlySet<string>;
  readonly reordered: ReadonlySet<string>;
  /** What is asked about these depends on an answer that is still missing. */
  readonly unknown: readonly string[];
}

function findAsked(change: SchemaChange, decisions: Decisions): Asked {
  const { before, after, enums } = change;
  const goneTables = Object.keys(before).filter(table => !(table in after));
  const values = new Set(enums ? lostValues(enums).map(({ name }) => name) : []);
  const renames = new Map([...decisions.renames].filter(([name]) => goneTables.includes(name) || values.has(name)));
  const questions = planQuestions(change, { ...NO_DECISIONS, renames });
  const dropping = planQuestions(change, { ...NO_DECISIONS, renames, drops: decisions.drops });
  const names = (from: readonly Question[], ...kinds: Question['kind'][]): string[] =>
    from.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  const usings = Object.keys(before).flatMap(table => {
    const now = renames.get(table) ?? table;
    return changedColumns(before[table] ?? {}, after[now] ?? {}).map(column => `${now}.${column}`);
  });
  const open = goneTables.filter(
    table => ![decisions.renames, decisions.drops, decisions.keeps].some(by => by.has(table)),
  );
  const come = open.length === 0 ? [] : Object.keys(after).filter(table => !(table in before));
  return {
    gone: new Set([...goneTables, ...names(questions, 'gone table', 'gone column')]),
    fills: new Set([...names(questions, 'fill'), ...names(dropping, 'fill')]),
    usings: new Set(usings),
    values,
    reordered: new Set(names(questions, 'reordered')),
    unknown: [...open, ...come],
  };
}

function findStrangers({ gone, fills, usings, values, reordered, unknown }: Asked, decisions: Decisions): string[] {
  const strangers = (option: string, names: Iterable<string>, asked: ReadonlySet<string>): string[] =>
    [...names]
      .filter(name => !asked.has(name) && !unknown.some(table => name.startsWith(`${table}.`)))
      .map(name => `${option} ${name}: it is not in question`);
  return [
    ...strangers('--rename', decisions.renames.keys(), gone.union(values)),
    ...strangers('--drop', decisions.drops, gone.union(values)),
    ...[...decisions.drops.intersection(values)].map(name => `--drop ${name}: a value of an enum: --drop-value`),
    ...strangers('--drop-value', decisions.dropValues, values),
    ...strangers('--reorder', decisions.reorders, reordered),
    ...strangers('--keep', decisions.keeps, gone.union(values).union(reordered)),
    ...strangers('--fill', decisions.fills.keys(), fills),
    ...strangers('--using', decisions.usings.keys(), usings),
    ...strangers('--using-back', decisions.usingsBack.keys(), usings),
  ];
}

/** The new name must be one that came, and only one can take it. */
function findBadRenames({ before, after }: SchemaChange, { renames, fills }: Decisions): string[] {
  const taken = new Map<string, string>();
  return [...renames].flatMap(([name, to]) => {
    const names = namesBeside(name, { before, after, renames });
    if (!names) {
      return [];
    }
    const path = names.path(to);
    const other = taken.get(path);
    taken.set(path, name);
    if (!names.come.includes(path)) {
      return [`--rename ${name}:${to}: the entities have no new ${path}`];
    }
    if (other !== undefined) {
      return [`--rename ${name}:${to}: that is ${other} already`];
    }
    return fills.has(path) ? [`--fill ${path}: it is ${name} under its new name, and keeps its values`] : [];
  });
}

interface Names {
  /** What came, as flags name it. */
  readonly come: readonly string[];
  path(name: string): string;
}

/** Undefined where that is not known yet, or `name` is not ours at all. */
function namesBeside(
  name: string,
  { before, after, renames }: Pick<SchemaChange, 'before' | 'after'> & Pick<Decisions, 'renames'>,
): Names | undefined {
  if (name in before) {
    return { come: Object.keys(after).filter(table => !(table in before)), path: table => table };
  }
  const table = Object.keys(before).find(key =>
    Object.keys(before[key] ?? {}).some(column => `${key}.${column}` === name),
  );
  const now = table === undefined ? undefined : (renames.get(table) ?? table);
  const columns = now === undefined ? undefined : after[now];
  if (table === undefined || columns === undefined) {
    return undefined;
  }
  const path = (column: string): string => `${now}.${column}`;
  return {
    come: Object.keys(columns)
      .filter(column => !(column in (before[table] ?? {})))
      .map(path),
    path,
  };
}

/** A value has one new name, which came, and gets it at once. */
function findBadValues({ enums }: SchemaChange, { renames, inSteps, inCode }: Decisions): string[] {
  const taken = new Map<string, string>();
  return (enums ? lostValues(enums) : []).flatMap(({ name, type, come }) => {
    const to = renames.get(name);
    if (to === undefined) {
      return [];
    }
    const other = taken.get(`${type}.${to}`);
    taken.set(`${type}.${to}`, name);
    if (inSteps.has(name) || inCode.has(name)) {
      return [
        `--rename-in-${inSteps.has(name) ? 'steps' : 'code'} ${name}: a value of an enum is renamed at once: --rename`,
      ];
    }
    if (!come.includes(to)) {
      return [`--rename ${name}:${to}: the entities have no new value ${to} there`];
    }
    return other === undefined ? [] : [`--rename ${name}:${to}: that is ${other} already`];
  });
}

function findContradictions({ renames, drops, dropValues, keeps, reorders }: Decisions): string[] {
  return [...new Set([...renames.keys(), ...drops, ...dropValues, ...keeps, ...reorders])].flatMap(name => {
    const options = [
      ...(renames.has(name) ? ['--rename'] : []),
      ...(drops.has(name) ? ['--drop'] : []),
      ...(dropValues.has(name) ? ['--drop-value'] : []),
      ...(reorders.has(name) ? ['--reorder'] : []),
      ...(keeps.has(name) ? ['--keep'] : []),
    ];
    return options.length > 1 ? [`${options.join(' and ')} ${name}: only one of them can be`] : [];
  });
}
