/** Passwords as they are stored: a slow, salted hash that says how it was made, so that the cost can rise without a flag day. */
import { createHash, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const deriveKey = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** What OWASP recommends for scrypt with little memory: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
const COST: Cost = { N: 2 ** 14, r: 8, p: 5 };
const KEY_BYTES = 32;

/** The hash of `password` as `scrypt$N$r$p$salt$hash`, salt and hash in base64url. */
export async function hashPassword(password: string, salt: Buffer): Promise<string> {
  const { N, r, p } = COST;
  return [
    'scrypt',
    N,
    r,
    p,
    salt.toString('base64url'),
    (await derive(password, salt, COST)).toString('base64url'),
  ].join('$');
}

/** True when `stored` is a hash of `password`, whatever it cost to make. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [kind, N, r, p, salt = '', hash = ''] = stored.split('$');
  if (kind !== 'scrypt' || !hash) {
    return false;
  }
  const expected = Buffer.from(hash, 'base64url');
  const actual = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) });
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/**
 * The salt of a development account. A real one must be random: it keeps two people with one password from having one hash.
 * This one is derived from the username, so that seeding gives the same hash each time; the password is no secret anyway.
 */
export function developmentSalt(username: string): Buffer {
  return createHash('sha256').update(`sunschool development salt/${username}`).digest().subarray(0, 16);
}

/** True when `stored` still has the salt that seeding gave: an application that sets a password takes a random one. */
export function hasDevelopmentSalt(stored: string | null | undefined, username: string): boolean {
  return stored?.split('$')[4] === developmentSalt(username).toString('base64url');
}

function derive(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  return deriveKey(password, salt, KEY_BYTES, { N, r, p, maxmem: 256 * N * r });
}
