import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { rules } from '../../src/rules/index.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const hazards = read('docs/hazards.md');
const HEADS = ['What happens', 'Why it hurts', 'What we run instead', 'When to allow it'];

describe('docs/hazards.md', () => {
  it('answers H01 to H80, each once and in order', () => {
    const ids = hazards.match(/^\| H\d\d (?=\|)/gm)?.map(cell => cell.slice(2, 5));
    expect(ids).to.deep.equal(Array.from({ length: 80 }, (_, index) => `H${String(index + 1).padStart(2, '0')}`));
  });

  it('links to rules that exist, by their name', () => {
    const links = [...hazards.matchAll(/\[([^\]]+)\]\(rules\/([^)]+)\.md\)/g)];
    expect(links.length).to.be.greaterThan(0);
    for (const [, text, id] of links) {
      expect(text).to.equal(id);
      expect(rules.map(rule => rule.id)).to.include(id);
    }
  });
});

describe('each rule', () => {
  it('has a name of its own', () => {
    const ids = rules.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  for (const { id, title } of rules) {
    it(`${id} has its file, its test, and its page with the four heads`, () => {
      expect(existsSync(new URL(`src/rules/${id}.ts`, root)), 'file').to.equal(true);
      expect(existsSync(new URL(`test/rules/${id}.test.ts`, root)), 'test').to.equal(true);
      const page = read(`docs/rules/${id}.md`);
      expect(page.startsWith(`# ${id}\n\n${title}.\n`), 'name and title').to.equal(true);
      expect(page.match(/^## .+$/gm)).to.deep.equal(HEADS.map(head => `## ${head}`));
    });
  }
});
