/** What the doctor knows of a database, read once; the troubles are found in it. */
import type { Catalog } from '../catalog/catalog.ts';
import type { Difference } from '../catalog/compare-catalogs.ts';
import type { Forecast } from '../forecast/forecast.ts';
import type { OpenChange } from '../generator/create-migrations.ts';
import type { Mends } from '../proof/plan-mends.ts';
import type { MigrationStatus } from '../runner/records/status.ts';
import type { OtherSession } from '../runner/watcher.ts';

export interface Patient extends Mends {
  readonly migrations: readonly MigrationStatus[];
  readonly forecast: Forecast;
  /** The database as it is, without our own tables. */
  readonly live: Catalog;
  /** What the executed migrations make; absent where it cannot be built. */
  readonly history?: Catalog;
  /** Of ours: gone, or other than the migrations made it; without what is under way, or `undone`. */
  readonly drift: readonly Difference[];
  /** Executed migrations of whose work nothing is there. */
  readonly undone: readonly string[];
  /** Whom the run that is at work waits for at this moment. */
  readonly blockers: readonly OtherSession[];
  /** What the entities describe and no migration makes; absent where it cannot be told. */
  readonly open?: OpenChange;
  readonly tables: readonly TableNote[];
  readonly indexes: readonly IndexNote[];
  readonly foreignKeys: readonly ForeignKeyNote[];
  readonly counters: readonly CounterNote[];
  readonly privileges: Privileges;
}

/** Of our tables. Names are as `renderName` gives them. */
export interface TableNote {
  readonly table: string;
  readonly hasPrimaryKey: boolean;
  /** The role that looks may alter it. */
  readonly isOwned: boolean;
}

export interface IndexNote {
  readonly table: string;
  readonly index: string;
  readonly isUnique: boolean;
  readonly isOfConstraint: boolean;
  /** The same for all that index the same in the same way. */
  readonly likeness: string;
  readonly bytes: number;
  readonly scans: number;
  /** Since when scans are counted. */
  readonly countedForDays: number;
}

export interface ForeignKeyNote {
  readonly table: string;
  readonly constraint: string;
  readonly columns: readonly string[];
  readonly references: string;
  /** Its two ends differ in type or collation. */
  readonly isMismatched: boolean;
  readonly isIndexed: boolean;
}

/** A column that counts up, and how far it is. */
export interface CounterNote {
  readonly column: string;
  readonly type: string;
  readonly last: number;
  readonly most: number;
}

export interface Privileges {
  readonly role: string;
  /** Schemas of our tables in which the role may not create. */
  readonly closedSchemas: readonly string[];
}
