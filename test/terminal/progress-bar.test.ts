import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { renderDuration, renderLine, renderProgress, withProgressBar } from '../../src/terminal/progress-bar.ts';

const ROWS = { title: 'Quiz answers', unit: 'rows', total: 1_000_000 };

/** What colours text, hides the cursor or switches wrapping off: a killed program would leave the last two so. */
const COLOUR_OR_MODE = new RegExp(`${String.fromCharCode(27)}\\[(\\d*m|\\?)`);

describe('progress', () => {
  const saved = { CI: process.env.CI, TERM: process.env.TERM };
  beforeEach(() => {
    delete process.env.CI;
    process.env.TERM = 'xterm';
  });
  afterEach(() => {
    for (const [name, value] of Object.entries(saved)) {
      if (value === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = value;
      }
    }
  });

  it('says how much is done, how fast it goes and how long it will take', () => {
    expect(renderProgress(ROWS, 0, 0)).to.equal('0 %, 0 of 1,000,000 rows');
    expect(renderProgress(ROWS, 250_000, 2500)).to.equal('25 %, 250,000 of 1,000,000 rows, 100,000 rows/s, 8 s left');
    expect(renderProgress(ROWS, 1_000_000, 9000)).to.equal(
      '100 %, 1,000,000 of 1,000,000 rows, 111,111 rows/s, 0 s left',
    );
    expect([59, 60, 3599, 7260].map(renderDuration)).to.deep.equal(['59 s', '1 min 0 s', '59 min 59 s', '2 h 1 min']);
  });

  it('draws one line over and over on a terminal, no wider than it, and ends it', async () => {
    const { stream, text } = fakeStream({ isTTY: true, columns: 100 });
    const result = await withProgressBar({ ...ROWS, stream }, async advance => {
      advance(500_000);
      return 'result';
    });
    expect(result).to.equal('result');
    const lines = linesOf(text());
    expect(lines.at(-1)).to.match(/^Quiz answers \[=+-+\] 50 %, 500,000 of 1,000,000 rows, [\d,]+ rows\/s, 1 s left$/);
    expect(Math.max(...lines.map(line => line.length))).to.be.at.most(99);
    expect(text().endsWith('\n')).to.equal(true);
    expect(text()).not.to.match(COLOUR_OR_MODE);
  });

  it('gives the bar what the words leave it, and cuts them only without a bar', () => {
    const line = { title: 'Rows', part: 0.5, text: '50 %, 5 s left' };
    expect([100, 30, 27, 26, 12].map(width => renderLine(line, width))).to.deep.equal([
      'Rows [============------------] 50 %, 5 s left',
      'Rows [====----] 50 %, 5 s left',
      'Rows [===--] 50 %, 5 s left',
      'Rows 50 %, 5 s left',
      'Rows 50 %, 5',
    ]);
  });

  it('ends the line also when the work fails, and leaves Ctrl-C alone meanwhile', async () => {
    const { stream, text } = fakeStream({ isTTY: true, columns: 60 });
    const listeners = process.listenerCount('SIGINT');
    const failing = withProgressBar({ ...ROWS, stream }, async () => {
      expect(process.listenerCount('SIGINT')).to.equal(listeners);
      throw new Error('the work failed');
    });
    expect(await failing.catch((error: Error) => error.message)).to.equal('the work failed');
    expect(text().endsWith('\n')).to.equal(true);
  });

  for (const [place, change] of Object.entries({
    'a pipe': { isTTY: false },
    CI: { CI: '1' },
    'a dumb terminal': { TERM: 'dumb' },
  })) {
    it(`writes a plain line now and then for ${place}`, async () => {
      const { isTTY = true, ...env } = change as { isTTY?: boolean };
      Object.assign(process.env, env);
      const { stream, text } = fakeStream({ isTTY, columns: 60 });
      await withProgressBar({ ...ROWS, stream, lineEveryMs: 20 }, async advance => {
        advance(1);
        await new Promise(resolve => setTimeout(resolve, 30));
        advance(500_000);
        advance(500_001);
      });
      expect(text()).to.match(/^Quiz answers: 50 %, 500,000 of 1,000,000 rows, [\d,]+ rows\/s, 1 s left\n$/);
    });
  }
});

function linesOf(text: string): string[] {
  return stripVTControlCharacters(text).match(/Quiz answers .*?(?=Quiz answers|\n)/g) ?? [];
}

function fakeStream(properties: { isTTY: boolean; columns: number }) {
  const stream = Object.assign(new PassThrough(), properties) as unknown as NodeJS.WriteStream;
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
