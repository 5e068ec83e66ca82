import { cpus } from 'node:os';
import type { Case } from './cases.ts';
import type { Comparison, Rounds, Times } from './measure.ts';

export interface Result extends Pick<Case, 'name' | 'title'>, Comparison {}

export interface Report extends Rounds {
  readonly date: string;
  readonly node: string;
  readonly cores: number;
  readonly results: readonly Result[];
}

export function toReport(results: readonly Result[], rounds: Rounds): Report {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cores: cpus().length,
    ...rounds,
    results,
  };
}

/** A Markdown table, as docs/performance.md has it. */
export function renderReport({ date, node, cores, rounds, warmUps, results }: Report): string {
  const rows = [
    ['case', 'stock: median (min–max)', 'ours: median (min–max)', 'difference', 'ratio'],
    ['---', '---', '---', '---', '---'],
    ...results.map(({ name, stock, ours, ratio, differenceMs }) => [
      name,
      renderTimes(stock),
      renderTimes(ours),
      `${differenceMs < 0 ? '−' : '+'}${seconds(Math.abs(differenceMs))} s`,
      `${ratio.toFixed(2)}×`,
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? [];
  const table = rows.map(row => `| ${row.map((cell, column) => pad(cell, widths[column] ?? 0)).join(' | ')} |`);
  const legend = results.map(({ name, title }) => `- ${name}: ${title}`);
  const conditions = `${date}, Node ${node}, ${cores} cores, ${rounds} rounds in turn after ${warmUps} not counted.`;
  return [...table, '', ...legend, '', conditions].join('\n');
}

function pad(cell: string, width: number): string {
  return cell === '---' ? '-'.repeat(width) : cell.padEnd(width);
}

function renderTimes({ medianMs, minMs, maxMs }: Times): string {
  return `${seconds(medianMs)} s (${seconds(minMs)}–${seconds(maxMs)})`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
