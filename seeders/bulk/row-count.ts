/** How much bulk data is wanted: `--rows` of `npm run db:seed`, or SEED_ROWS. */
import { SettingsError } from '../../src/errors.ts';

export const DEFAULT_ROWS = 1_000_000;
export const MAX_ROWS = 1_000_000_000;

/**
 * Reads the number of quiz answers to make.
 * @throws SettingsError when it is not a whole number from 1 to {@link MAX_ROWS}.
 */
export function readRowCount(value: string | undefined): number {
  if (value === undefined) {
    return DEFAULT_ROWS;
  }
  const rows = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (rows >= 1 && rows <= MAX_ROWS) {
    return rows;
  }
  throw new SettingsError({
    title: 'Bulk data: the number of rows is wrong',
    happens: `--rows (or SEED_ROWS) is ${JSON.stringify(value)}; a whole number from 1 to ${MAX_ROWS} was expected.`,
    remedy: `npm run db:seed -- --class BulkSeeder --rows ${DEFAULT_ROWS}`,
    left: 'Nothing was changed.',
  });
}
