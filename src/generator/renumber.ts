/** Two branches that both made an 0016: which file moves, and where to. Pure. */
import { RefusedError } from '../errors.ts';
import { type MigrationFile, nextNumber } from './history.ts';
import { renderClassName, renderNumber, renderRecordedName } from './migration-name.ts';

export interface Renumbering {
  /** In an order in which one can be done after the other, so that what is left of a run that was killed can be done again. */
  readonly moves: readonly Move[];
  /** Files that a killed run has written under their new name already. */
  readonly leftOver: readonly MigrationFile[];
}

export interface Move {
  readonly from: MigrationFile;
  readonly recordedName: string;
}

export interface Fixed {
  /** Recorded names of what has run on the database, or has begun to. */
  readonly recorded: ReadonlySet<string>;
  /** Those that the main branch has, and what it is called; absent where there is no git. */
  readonly base?: { readonly ref: string; readonly files: ReadonlySet<string> };
}

/**
 * Files that neither the database nor the main branch has come behind all others, in the order that they have.
 * @param history all files by their numbers, taken twice or missing.
 * @throws RefusedError (exit code 2) for two files of one number that both have to stay, or that may both move.
 */
export function planRenumbering(history: readonly MigrationFile[], fixed: Fixed): Renumbering {
  const stay = history.filter(migration => isFixed(migration, fixed));
  const free = history.filter(migration => !isFixed(migration, fixed));
  const last = new Map(free.map(migration => [migration.name, migration]));
  const leftOver = free.filter(migration => last.get(migration.name) !== migration);
  const moving = free.filter(migration => !leftOver.includes(migration));
  assertNoneTwice(stay, fixed, 'stay');
  assertNoneTwice(moving, fixed, 'move');
  const first = stay.length > 0 ? nextNumber(stay) : (moving[0]?.number ?? 0);
  const moves = moving
    .map((from, index): Move & { number: number } => {
      const number = first + index;
      return { from, number, recordedName: renderRecordedName(number, from.name) };
    })
    .filter(({ from, number }) => from.number !== number);
  // each goes where none of ours is any more: those that go back the last one first, those that come forward behind them
  const back = moves.filter(({ from, number }) => number > from.number).toReversed();
  const forward = moves.filter(({ from, number }) => number < from.number);
  return { moves: [...back, ...forward].map(({ from, recordedName }) => ({ from, recordedName })), leftOver };
}

function isFixed({ recordedName, file }: MigrationFile, { recorded, base }: Fixed): boolean {
  return recorded.has(recordedName) || base?.files.has(file) === true;
}

function assertNoneTwice(files: readonly MigrationFile[], fixed: Fixed, fate: 'stay' | 'move'): void {
  const twice = [...Map.groupBy(files, ({ number }) => number).values()].filter(same => same.length > 1);
  if (twice.length === 0) {
    return;
  }
  const { base } = fixed;
  const where = ({ recordedName, file }: MigrationFile): string =>
    [
      ...(fixed.recorded.has(recordedName) ? ['executed here'] : []),
      ...(base?.files.has(file) ? [`on ${base.ref}`] : []),
    ].join(', ');
  throw new RefusedError({
    title: 'It cannot be told which migration to move',
    subject: twice
      .map(same => {
        const names = same.map(migration =>
          fate === 'stay' ? `${migration.file} (${where(migration)})` : migration.file,
        );
        return `${renderNumber(same[0]?.number ?? 0)} is taken by ${names.join(' and ')}`;
      })
      .join('\n'),
    happens:
      fate === 'stay'
        ? 'Both have run on this database, or are on the main branch.'
        : `Neither has run on this database${base ? ` or is on ${base.ref}` : '; without git, what the main branch has is not known'}.`,
    hurts:
      fate === 'stay'
        ? 'Under another name it would run a second time, here or elsewhere.'
        : 'The one that has run elsewhere would run there a second time.',
    remedy:
      fate === 'stay'
        ? [
            'Check out your branch as it was before the merge, take your migration back (npm run migrate:down), merge again,',
            'then: npm run migrate:renumber. What is on the main branch stays as it is.',
          ]
        : 'git fetch, if it is on the server by now; or say which branch or commit has the one that stays: npm run migrate:renumber -- --base main',
    left: 'No file was moved.',
  });
}

/** The source of a migration under its new name: recorded name, header and class. */
export function renumberSource(source: string, from: string, to: string): string {
  return source.replaceAll(wholeWord(from), to).replaceAll(wholeWord(renderClassName(from)), renderClassName(to));
}

/** The same source, with the expand that it contracts under the name that `moves` give it. */
export function renumberExpand(source: string, moves: readonly Move[]): string {
  return source.replace(CONTRACTS, (all, head: string, expand: string) => {
    const to = moves.find(({ from }) => from.recordedName === expand)?.recordedName;
    return to === undefined ? all : `${head}${to}'`;
  });
}

/** The same source, without the number of the expand that it contracts. */
export function withoutExpandNumber(source: string): string {
  return source.replace(CONTRACTS, (_, head: string, expand: string) => `${head}${expand.replace(/^\d+/, '')}'`);
}

const CONTRACTS = /(\bcontracts = ')([^']+)'/;

function wholeWord(word: string): RegExp {
  return new RegExp(`(?<![\\w$])${word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?![\\w$])`, 'g');
}
