import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { MigrationFiles } from '../migration-files.ts';
import type { OnlineMigrationStorage } from '../migration-storage.ts';
import { readBegunNames } from '../recorded-names.ts';
import { type Findings, findInRecords } from './findings.ts';

export interface RecordsContext {
  readonly driver: PostgreSqlDriver;
  readonly storage: OnlineMigrationStorage;
  readonly files: MigrationFiles;
}

/** The records of a database beside the files of this checkout. */
export class Records {
  readonly #context: RecordsContext;

  constructor(context: RecordsContext) {
    this.#context = context;
  }

  /** Changes nothing. @throws MigrationError where a changed file cannot be loaded. */
  async find(): Promise<Findings> {
    const { driver, storage, files } = this.#context;
    const recorded = (await storage.records()).map(({ name, file_hash, checksum }) => {
      return { name, fileHash: file_hash ?? null, checksum: checksum ?? null };
    });
    return findInRecords({
      files: await files.hashes(new Set(recorded.map(({ name }) => name))),
      recorded,
      begun: await readBegunNames(driver, storage),
      checksum: file => files.checksum(file),
    });
  }

  /** The next time a hash is enough for files that list the same as before. Call it with the run lock held. */
  async adoptHashes({ sameChecksum }: Findings): Promise<void> {
    for (const { name, fileHash } of sameChecksum) {
      await this.#context.storage.setFingerprint(name, { fileHash });
    }
  }
}
