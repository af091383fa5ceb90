import { AbstractSnapshot, type AbstractResource } from 'abstract-level';
import type { ReadOptions, Snapshot } from '../store/operations.js';

/** The database, or the sublevel of it, whose closing closes the snapshot. */
export interface SnapshotOwner {
  readonly owner: AbstractResource;
}

/** The package's types leave out the parameter that its code requires. */
const SnapshotBase = AbstractSnapshot as new (options: SnapshotOwner) => AbstractSnapshot;

/** One moment of the database, held until `close`. */
export class LevelSnapshot extends SnapshotBase {
  /** For the reads that are to see this moment. */
  readonly readOptions: ReadOptions;
  readonly #snapshot: Snapshot;

  constructor(options: SnapshotOwner, snapshot: Snapshot) {
    super(options);
    this.#snapshot = snapshot;
    this.readOptions = { snapshot };
  }

  _close(): Promise<void> {
    this.#snapshot.release();
    return Promise.resolve();
  }
}
