/** Rules of squawk that are left out, and why: the file is not all that there is, or a person decided. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  'require-lock-timeout': 'the runner sets one in the transaction of each step, not the file',
  'require-statement-timeout': 'a statement that takes long holds no lock that others wait for',
  'prefer-robust-stmts': 'outside transactions it asks for more than `validate constraint` has; that may run twice',
  'prefer-bigint-over-int': 'the entity chose the type; on a new table no type is a hazard',
  'prefer-timestamp-tz': 'the same',
  'prefer-text-field': 'the same; and a longer varchar rewrites nothing',
  'prefer-identity': 'the same; serial is what MikroORM makes',
  'changing-column-type': 'rule column-type lets only through what rewrites nothing, which squawk cannot know',
  'identifier-too-long': 'in an expression of an entity; PostgreSQL cuts the name as it has cut that of the column',
  'renaming-column': 'a person decided it (--rename)',
  'ban-drop-table': 'a person decided it (--drop), or it is the way back of a new table',
  'ban-drop-column': 'the same, of a column',
  'ban-drop-not-null': 'it loosens: no row can be against it, and it takes no time',
};
