import { expect } from 'chai';
import { renderAnnotations } from '../../src/verify/render/annotations.ts';
import { renderMarkdown } from '../../src/verify/render/markdown.ts';
import { renderTable } from '../../src/verify/render/table.ts';
import type { VerifyReport } from '../../src/verify/report.ts';
import { withDatabase } from '../support/database.ts';
import { createProject } from '../support/project.ts';

describe('the report of migrate:verify', () => {
  it('is a table, and below it what was found', () => {
    expect(renderTable(REPORT)).to.equal(`migration  up      down    again       rows       ms
0001_x     ok      FAILED  ok            50      120
0002_y     not reached

0001_x loses values without saying so

  users.name: other values

  What happens   Rows | are *not* the same.
  What to do     Say it in the header: 100 %

Not proved: 1 finding about 1 migration, 1 not reached, on PostgreSQL 18 in 1.5 s.`);
  });

  it('is a comment for a pull request', () => {
    expect(renderMarkdown(REPORT)).to.equal(`### Migrations: not proved

Not proved: 1 finding about 1 migration, 1 not reached, on PostgreSQL 18 in 1.5 s.

| migration | up | down | again | rows |
| --- | :---: | :---: | :---: | ---: |
| \`0001_x\` | ok | **failed** | ok | 50 |
| \`0002_y\` |  |  |  | not reached |

#### 0001\\_x loses values without saying so

\`\`\`
users.name: other values
\`\`\`

**What happens**: Rows \\| are \\*not\\* the same.

**What to do**

\`\`\`
Say it in the header: 100 %
\`\`\`

<details><summary>What each step locked, on tables that were there before</summary>

| step | statement | locks | ms |
| --- | --- | --- | ---: |
| 0001_x up 1 | \`alter table "users" drop column "name"\` | ACCESS EXCLUSIVE on users (written anew) | 0.5 |

</details>`);
  });

  it('annotates the files on GitHub', () => {
    expect(renderAnnotations(REPORT)).to.deep.equal([
      '::error file=migrations/0001_x.ts,line=12,title=0001_x loses values without saying so::users.name: other values%0ARows | are *not* the same.%0ASay it in the header: 100 %25',
    ]);
  });

  it('comes out of the command, with its exit code', () =>
    withDatabase(async ({ url }) => {
      await using project = await createProject(url);
      await project.write('migrations/0000_nothing.js', NOTHING);
      const script = new URL('../../src/cli/main.ts', import.meta.url).pathname;
      const run = (...args: string[]) => project.run([script, 'migrate:verify', ...args], { GITHUB_ACTIONS: 'true' });
      const { code, stdout, stderr } = await run('--json', '--rows', '5');
      expect(code, stderr).to.equal(1);
      const report: VerifyReport = JSON.parse(stdout);
      expect(report.findings.map(({ check, migration }) => [check, migration])).to.deep.equal([
        ['header', '0000_nothing'],
      ]);
      expect(stderr).to.include(
        '::error file=migrations/0000_nothing.js,title=The header of 0000_nothing is not complete::',
      );
      expect((await run('--rows', 'many')).stderr).to.include('--rows 1000, or 0 for a proof without rows.');
    }));
});

const NOTHING = `import { Migration } from '@mikro-orm/migrations';
export class Migration0000Nothing extends Migration {
  up() { this.addSql('select 1'); }
  down() { this.addSql('select 1'); }
}
`;

const REPORT: VerifyReport = {
  exitCode: 1,
  postgres: 18,
  migrations: [
    {
      name: '0001_x',
      file: 'migrations/0001_x.ts',
      outcomes: {
        up: 'proved',
        down: 'failed',
        again: 'proved',
        crash: 'left out',
        locks: 'left out',
        header: 'left out',
        squawk: 'left out',
      },
      rows: 50,
      steps: [
        {
          method: 'up',
          position: 1,
          kind: 'sql',
          sql: 'alter table "users" drop column "name"',
          rule: 'drop-column',
          locks: [{ table: 'users', isPartition: false, mode: 'ACCESS EXCLUSIVE', claimed: 'ACCESS EXCLUSIVE' }],
          claimsScan: false,
          rewritten: ['users'],
          scanned: [],
          durationMs: 0.5,
        },
      ],
      durationMs: 120,
    },
  ],
  notReached: ['0002_y'],
  findings: [
    {
      check: 'down',
      migration: '0001_x',
      line: 12,
      severity: 'failure',
      explanation: {
        title: '0001_x loses values without saying so',
        subject: 'users.name: other values',
        happens: 'Rows | are *not* the same.',
        remedy: 'Say it in the header: 100 %',
      },
    },
  ],
  durationMs: 1500,
};
