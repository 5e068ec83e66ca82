import { expect } from 'chai';
import { selectMigrations } from '../../src/runner/selection.ts';

const all = ['0000_a', '0001_b', '0002_c', '0003_d'];

describe('the migrations that a command means', () => {
  const cases: [
    method: 'up' | 'down',
    executed: string[],
    options: Parameters<typeof selectMigrations>[2],
    selected: string[],
  ][] = [
    ['up', [], undefined, all],
    ['up', ['0000_a'], { to: '0002' }, ['0001_b', '0002_c']],
    ['up', [], { from: '1' }, ['0002_c', '0003_d']],
    ['up', [], { from: '0000_a', to: '0002_c.ts' }, ['0001_b', '0002_c']],
    ['up', ['0001_b'], ['0001_b', '0003'], ['0003_d']],
    ['up', [], '0002', ['0002_c']],
    ['up', all, undefined, []],
    ['up', [], { to: 0 }, ['0000_a']],
    ['down', ['0000_a', '0002_c', '0001_b'], undefined, ['0001_b']],
    ['down', all, { to: '0001' }, ['0003_d', '0002_c']],
    ['down', all, { to: 0 }, all.toReversed()],
    ['down', ['0000_a'], { to: '0003' }, []],
    ['down', [], undefined, []],
  ];
  for (const [method, executed, options, selected] of cases) {
    it(`${method} ${JSON.stringify(options)} after [${executed}] is [${selected}]`, () => {
      expect(selectMigrations(method, { all, executed }, options)).to.deep.equal(selected);
    });
  }

  it('begin, on the way down, with the one that stopped half-way up', () => {
    const state = { all, executed: ['0000_a', '0001_b'], halfWay: new Map([['0002_c', 'up' as const]]) };
    expect(selectMigrations('down', state, undefined)).to.deep.equal(['0002_c']);
    expect(selectMigrations('down', state, { to: '0000' })).to.deep.equal(['0002_c', '0001_b']);
  });

  it('are, on the way up, also those that stopped half-way down, and again on their way back up', () => {
    for (const way of ['down', 'up'] as const) {
      const state = { all, executed: all, halfWay: new Map([['0003_d', way]]) };
      expect(selectMigrations('up', state, undefined)).to.deep.equal(['0003_d']);
    }
  });

  it('are never all of them because of a slip', () => {
    for (const options of [{ to: '0009' }, { from: 'x' }, ['nothing'], 'a'] as const) {
      expect(() => selectMigrations('up', { all, executed: [] }, options as unknown as string[])).to.throw(
        'Unknown migration',
      );
    }
  });
});
