/** What only a person can know of a change: the questions. Pure. */
import { type Decisions, findUsingBack } from './decisions.ts';
import { type EnumChange, planEnumQuestions } from './enum-values.ts';
import type { ColumnOutline, Question, SchemaOutline } from './question.ts';
import { convert } from './type-change/conversion.ts';

export interface SchemaChange {
  /** What the migrations make. */
  readonly before: SchemaOutline;
  /** What the entities describe. */
  readonly after: SchemaOutline;
  readonly enums?: EnumChange;
}

/** The questions that the change raises and `decisions` does not answer. */
export function planQuestions(change: SchemaChange, decisions: Decisions): Question[] {
  const { before, after, enums } = change;
  const come = Object.keys(after).filter(table => !(table in before));
  const tables = Object.keys(before)
    .filter(table => !(table in after) && !isDecided(table, decisions))
    .map((table): Question => ({ kind: 'gone table', name: table, table, candidates: come }));
  const columns = Object.keys(before).flatMap(table => planColumnQuestions(table, change, decisions));
  return [...tables, ...columns, ...(enums ? planEnumQuestions(enums, { decisions, columns: before }) : [])];
}

function planColumnQuestions(table: string, { before, after }: SchemaChange, decisions: Decisions): Question[] {
  const old = before[table] ?? {};
  const now = decisions.renames.get(table) ?? table;
  const wanted = after[now];
  if (!wanted) {
    return [];
  }
  const gone = Object.keys(old).filter(column => !(column in wanted));
  const come = Object.keys(wanted).filter(column => !(column in old));
  const name = (column: string): string => `${table}.${column}`;
  const newName = (column: string): string => `${now}.${column}`;
  const renamed = new Set(gone.map(column => decisions.renames.get(name(column))));
  const questions = gone
    .filter(column => !isDecided(name(column), decisions))
    .map((column): Question => {
      const candidates = come.filter(other => !renamed.has(other) && wanted[other]?.type === old[column]?.type);
      const isRequired = old[column]?.needsValue === true;
      return { kind: 'gone column', name: name(column), table, column, isRequired, candidates };
    });
  const fills = come
    .filter(column => !renamed.has(column) && wanted[column]?.needsValue && !decisions.fills.has(newName(column)))
    .map((column): Question => {
      return { kind: 'fill', isBack: false, name: newName(column), table, column, type: wanted[column]?.type ?? '' };
    });
  const fillsBack = gone
    .filter(
      column =>
        old[column]?.needsValue === true && decisions.drops.has(name(column)) && !decisions.fills.has(name(column)),
    )
    .map((column): Question => {
      return { kind: 'fill', isBack: true, name: name(column), table, column, type: old[column]?.type ?? '' };
    });
  const usings = changedColumns(old, wanted).flatMap(column =>
    planUsing({ table: now, column }, old, wanted, decisions),
  );
  return [...questions, ...fillsBack, ...fills, ...usings];
}

/** Columns that are on both sides and have another type on each. */
export function changedColumns(
  old: Readonly<Record<string, ColumnOutline>>,
  wanted: Readonly<Record<string, ColumnOutline>>,
): string[] {
  return Object.keys(old).filter(column => column in wanted && wanted[column]?.type !== old[column]?.type);
}

function planUsing(
  { table, column }: { readonly table: string; readonly column: string },
  old: Readonly<Record<string, ColumnOutline>>,
  wanted: Readonly<Record<string, ColumnOutline>>,
  decisions: Decisions,
): Question[] {
  const name = `${table}.${column}`;
  const [from, to] = [old[column]?.type ?? '', wanted[column]?.type ?? ''];
  const question = { name, table, column };
  if (convert('', { from, to }) !== undefined) {
    return [];
  }
  if (!decisions.usings.has(name)) {
    return [{ kind: 'using', isBack: false, ...question, from, to }];
  }
  return findUsingBack(name, column, decisions) === undefined
    ? [{ kind: 'using', isBack: true, ...question, from: to, to: from }]
    : [];
}

function isDecided(name: string, { renames, drops, keeps }: Decisions): boolean {
  return renames.has(name) || drops.has(name) || keeps.has(name);
}
