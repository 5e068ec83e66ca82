import type { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { describeWaiting, type Gate } from '../contracts/gate.ts';
import type { MigrationFiles } from '../migration-files.ts';
import type { OnlineMigrationStorage } from '../migration-storage.ts';
import { readBegunNames } from '../recorded-names.ts';
import { type Findings, findInRecords } from './findings.ts';
import { readActivity } from './read-activity.ts';
import { planRepair, type Repair } from './repair.ts';
import { assembleStatus, type StatusReport } from './status.ts';

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

  /** Each migration that there is, here or there, as it is at this moment. Changes nothing. */
  async status(gate: Pick<Gate, 'waiting' | 'late'>): Promise<StatusReport> {
    const { driver, storage, files } = this.#context;
    const pool = await driver.getConnection().getNativeClient();
    // first: what has ended when the records are read is no longer running
    const activity = await readActivity(pool, storage.table());
    const [names, recorded, findings] = [await files.names(), await storage.records(), await this.find()];
    const outOfOrder = findings.outOfOrder.filter(({ name }) => !gate.late.has(name));
    const waiting = new Map(gate.waiting.map(one => [one.name, describeWaiting(one)]));
    return assembleStatus({ names, recorded, findings: { ...findings, outOfOrder }, waiting, ...activity });
  }

  /** What would make the records fit the files. Changes nothing. @throws MigrationError for a name that needs no repair. */
  async planRepair(typed?: readonly string[]): Promise<Repair[]> {
    const { storage, files } = this.#context;
    const findings = await this.find();
    const executed = new Set(await storage.executed());
    const rollups = findings.missing.length > 0 ? await files.rollups(name => !executed.has(name)) : [];
    return planRepair({ findings, rollups }, typed);
  }

  /** All of them or none. Call it with the run lock held. */
  async repair(repairs: readonly Repair[]): Promise<void> {
    const { driver, storage, files } = this.#context;
    // a migration may read while it lists its statements: not within the transaction, on one more connection
    const fingerprints = await files.fingerprints(
      repairs.filter(({ kind }) => kind !== 'forget').map(({ name }) => name),
    );
    await driver.getConnection().transactional(async tx => {
      for (const repair of repairs) {
        const gone = repair.kind === 'forget' ? [repair.name] : repair.kind === 'replace' ? repair.merged : [];
        for (const name of gone) {
          await storage.unlogMigration({ name }, tx);
        }
        if (repair.kind === 'replace') {
          await storage.insert(repair.name, tx);
        }
        const fingerprint = fingerprints.get(repair.name);
        if (fingerprint) {
          await storage.setFingerprint(repair.name, fingerprint, tx);
        }
      }
    });
  }

  /** Records a migration that has not run from here; what the journal has of it goes. Call it with the run lock held. */
  async log(name: string): Promise<void> {
    const { driver, storage, files } = this.#context;
    const fingerprint = (await files.fingerprints([name])).get(name);
    await driver.getConnection().transactional(async tx => {
      await storage.insert(name, tx);
      await storage.forgetSteps(name, tx);
      if (fingerprint) {
        await storage.setFingerprint(name, fingerprint, tx);
      }
    });
  }

  /** Takes a migration off the record. Call it with the run lock held. */
  async unlog(name: string): Promise<void> {
    const { driver, storage } = this.#context;
    await driver.getConnection().transactional(tx => storage.unlogMigration({ name }, tx));
  }

  /** The next time a hash is enough for files that list the same as before. Call it with the run lock held. */
  async adoptHashes({ sameChecksum }: Findings): Promise<void> {
    for (const { name, fileHash } of sameChecksum) {
      await this.#context.storage.setFingerprint(name, { fileHash });
    }
  }
}
