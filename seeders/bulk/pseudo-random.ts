/**
 * Pseudo-random numbers that are cheap and depend on nothing but their keys, so that any row of the bulk data can be made by
 * itself and comes out the same each time. Not for secrets.
 */

/** An integer from 0 to 2^32 - 1 for a pair of keys: the finalizer of MurmurHash3 over both. */
export function hash32(key: number, counter: number): number {
  let h = (Math.imul(key, 0x9e3779b1) ^ Math.imul(counter, 0x85ebca77)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** `value` as eight hexadecimal digits. */
export function hex32(value: number): string {
  return (HEX16[value >>> 16] as string) + (HEX16[value & 0xffff] as string);
}

const HEX16: readonly string[] = Array.from({ length: 0x10000 }, (_, value) => value.toString(16).padStart(4, '0'));
