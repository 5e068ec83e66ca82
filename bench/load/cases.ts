import { renderTypeChange } from './type-change.ts';

/** A change of a large table as ours and as stock MikroORM run it. */
export interface LoadCase {
  readonly name: string;
  readonly title: string;
  /** The body of `up`, of ours. */
  readonly ours: string;
  /** The statements that stock MikroORM's migration would run, in one transaction. */
  readonly stock: readonly string[];
  /** A transaction of somebody else that has read the table is open for that long from the beginning. */
  readonly heldMs?: number;
  /** Without the clients: how fast it is on a table that nobody else uses. */
  readonly isQuiet?: boolean;
}

export const LOAD_CASES: readonly LoadCase[] = [
  {
    name: 'index',
    title: 'add an index',
    ours: `this.addSql('create index concurrently if not exists i on lessons (subject)');`,
    stock: ['create index i on lessons (subject)'],
  },
  {
    name: 'check',
    title: 'add a check',
    ours: `this.addSql('alter table lessons add constraint c check (score >= 0) not valid');
           this.addSql('alter table lessons validate constraint c');`,
    stock: ['alter table lessons add constraint c check (score >= 0)'],
  },
  {
    name: 'foreign-key',
    title: 'add a foreign key',
    ours: `this.addSql('alter table lessons add constraint f foreign key (learner) references users (id) not valid');
           this.addSql('alter table lessons validate constraint f');`,
    stock: ['alter table lessons add constraint f foreign key (learner) references users (id)'],
  },
  {
    name: 'not-null',
    title: 'set not null',
    ours: `this.addSql('alter table lessons add constraint n not null learner not valid');
           this.addSql('alter table lessons validate constraint n');`,
    stock: ['alter table lessons alter column learner set not null'],
  },
  {
    name: 'populate',
    title: 'add a column and populate it',
    ours: `this.addSql('alter table lessons add column grade int');
           this.backfill('lessons', { set: { grade: 5 }, where: 'grade is null' });`,
    stock: ['alter table lessons add column grade int', 'update lessons set grade = 5'],
  },
  {
    name: 'backfill',
    title: 'fill a column of every row, without clients',
    ours: `this.backfill('lessons', { set: { score: 777 }, where: 'score <> 777' });`,
    stock: ['update lessons set score = 777'],
    isQuiet: true,
  },
  {
    name: 'type-change',
    title: 'integer to bigint',
    ours: renderTypeChange(),
    stock: ['alter table lessons alter column score type bigint using (score::bigint)'],
  },
  {
    name: 'held',
    title: 'add a column behind a transaction of 20 s',
    ours: `this.addSql('alter table lessons add column note text');`,
    stock: ['alter table lessons add column note text'],
    heldMs: 20_000,
  },
];
