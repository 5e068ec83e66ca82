/**
 * Why the development data is the same on every machine, at any time and in every time zone: each row draws from a stream of
 * its own that is named after the row, and so does its id. A new column, row or table changes none of the others.
 */
import { createHash } from 'node:crypto';
import { base, en, Faker } from '@faker-js/faker';

const SEED = 20260115;

/** The "now" of the development data. */
export const REFERENCE_DATE = new Date('2026-01-15T12:00:00.000Z');

/** Our own, so that seeding neither disturbs nor depends on who else uses the library's shared one. */
const faker = new Faker({ locale: [en, base] });
faker.setDefaultRefDate(REFERENCE_DATE);

/** The generator, at the start of the stream of `key`. Draw from it before asking for the next one. */
export function fakerFor(key: string): Faker {
  faker.seed([SEED, digest(key).readUInt32BE()]);
  return faker;
}

/** A UUID of version 8 (a hash of our own, RFC 9562 section 5.8) for the row of that key. */
export function uuidFor(key: string): string {
  const bytes = digest(key).subarray(0, 16);
  bytes[6] = 0x80 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** So many minutes before {@link REFERENCE_DATE}. */
export function minutesBefore(minutes: number): Date {
  return new Date(REFERENCE_DATE.getTime() - minutes * 60_000);
}

export const DAY = 24 * 60;

function digest(key: string): Buffer {
  return createHash('sha256').update(`sunschool development data/${key}`).digest();
}
