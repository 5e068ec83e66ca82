import { expect } from 'chai';
import { step } from '../../src/rules/rule.ts';
import { groupSteps } from '../../src/runner/segments.ts';

const on = (sql: string, ...tables: string[]) =>
  step({ sql, rule: 'r', locks: tables.map(table => ({ table, mode: 'ACCESS EXCLUSIVE' as const })) });

describe('which steps share a transaction', () => {
  const group = (...steps: ReturnType<typeof step>[]): string[] =>
    groupSteps(steps).map(segment => segment.steps.map(({ sql }) => sql).join(' '));

  it('those on the same existing table, and on tables of this migration', () => {
    expect(group(on('new'), on('a', 'x'), on('b', 'x'), on('new2'))).to.deep.equal(['new a b new2']);
  });

  it('never those on two existing tables', () => {
    expect(group(on('a', 'x'), on('b', 'y'), on('c', 'y'))).to.deep.equal(['a', 'b c']);
    expect(group(on('a', 'x'), on('fk', 'x', 'y'), on('b', 'x'))).to.deep.equal(['a', 'fk', 'b']);
  });

  it('those of a swap, whatever they lock, and no others with them', () => {
    const inSwap = (...parts: Parameters<typeof on>) => ({ ...on(...parts), swap: 'x' });
    expect(group(on('a', 'x'), inSwap('b', 'x'), inSwap('view', 'v', 'x'), on('c', 'x'))).to.deep.equal([
      'a',
      'b view',
      'c',
    ]);
  });

  it('never one that scans, or that PostgreSQL runs in no transaction', () => {
    const concurrent = step({ sql: 'index', rule: 'r', transactional: false });
    const scanning = step({ sql: 'scan', rule: 'r', scans: true });
    expect(group(on('a', 'x'), concurrent, concurrent, on('b', 'x'))).to.deep.equal(['a', 'index', 'index', 'b']);
    expect(group(on('a', 'x'), scanning, on('b', 'x'))).to.deep.equal(['a', 'scan', 'b']);
    expect(groupSteps([concurrent, on('b', 'x')]).map(({ transactional }) => transactional)).to.deep.equal([
      false,
      true,
    ]);
  });
});
