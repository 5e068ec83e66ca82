import type { SchemaOutline } from '../../src/planner/question.ts';

/** `'id int! d'`: name, type, not null, default. */
export function outline(tables: Record<string, string[]>): SchemaOutline {
  const column = (text: string) => {
    const [name = '', type = '', hasDefault] = text.split(' ');
    return [name, { type: type.replace('!', ''), needsValue: type.endsWith('!') && !hasDefault }] as const;
  };
  return Object.fromEntries(
    Object.entries(tables).map(([name, columns]) => [name, Object.fromEntries(columns.map(column))]),
  );
}
