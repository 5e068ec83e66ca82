/** Where the files and the records of one database do not fit together. Pure. */

/** What the database has of a migration; null where it was recorded by stock MikroORM or an older version: unknown. */
export interface RecordedMigration {
  readonly name: string;
  readonly fileHash: string | null;
  readonly checksum: string | null;
}

export interface FoundMigration {
  readonly name: string;
  readonly fileHash: string | null;
}

export interface RecordState {
  /** The files, in their order. */
  readonly files: readonly FoundMigration[];
  readonly recorded: readonly RecordedMigration[];
  /** Those that stopped half-way: in the journal. */
  readonly begun: ReadonlySet<string>;
  /** What a file lists now; asked only where its hash differs. */
  checksum(file: FoundMigration): Promise<string | undefined>;
}

export interface Findings {
  /** Executed, and listing something else now. */
  readonly changed: readonly string[];
  /** Executed or begun, and there is no file. */
  readonly missing: readonly string[];
  /** Pending, with the last executed one, which is behind it. */
  readonly outOfOrder: readonly { readonly name: string; readonly behind: string }[];
  /** Another file, such as one laid out anew or compiled, that lists the same. */
  readonly sameChecksum: readonly FoundMigration[];
  /** Recorded without a checksum. */
  readonly unknown: readonly string[];
}

/** The hash is compared first: no file is loaded as long as none has changed. */
export async function findInRecords({ files, recorded, begun, checksum }: RecordState): Promise<Findings> {
  const found = new Map(files.map(file => [file.name, file]));
  const known = new Map(recorded.map(record => [record.name, record]));
  const changed: string[] = [];
  const sameChecksum: FoundMigration[] = [];
  for (const record of recorded) {
    const file = found.get(record.name);
    if (!file || record.checksum === null || (file.fileHash !== null && record.fileHash === file.fileHash)) {
      continue;
    }
    if ((await checksum(file)) !== record.checksum) {
      changed.push(record.name);
    } else if (record.fileHash !== file.fileHash) {
      sameChecksum.push(file);
    }
  }
  const pending = files.map(({ name }) => name).filter(name => !known.has(name) && !begun.has(name));
  return {
    changed,
    sameChecksum,
    missing: [...new Set([...known.keys(), ...begun])].filter(name => !found.has(name)),
    outOfOrder: findOutOfOrder(pending, [...known.keys()]),
    unknown: recorded.filter(record => record.checksum === null && found.has(record.name)).map(({ name }) => name),
  };
}

function findOutOfOrder(pending: readonly string[], executed: readonly string[]): Findings['outOfOrder'] {
  const last = executed.toSorted(compareNames).at(-1);
  return pending.flatMap(name => (last !== undefined && compareNames(name, last) < 0 ? [{ name, behind: last }] : []));
}

/** By number, as files are ordered; what has none, by name. */
function compareNames(first: string, second: string): number {
  const [a, b] = [numberOf(first), numberOf(second)];
  return a !== undefined && b !== undefined && a !== b ? a - b : first < second ? -1 : first > second ? 1 : 0;
}

function numberOf(name: string): number | undefined {
  const digits = /^\d+(?=_)/.exec(name)?.[0];
  return digits === undefined ? undefined : Number(digits);
}
