import { CoreCacheError } from '../../base/errors.js';
import type { TreeSnapshot } from '../../lsm/tree/snapshot-list.js';
import type { Tree } from '../../lsm/tree/tree.js';
import type { Snapshot } from '../operations.js';

/** The snapshots of one tree, so that a read takes only one of its own that is still held. */
export class Snapshots {
  readonly #tree: Tree;
  readonly #held = new Map<Snapshot, TreeSnapshot>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  get count(): number {
    return this.#held.size;
  }

  take(): Snapshot {
    const held = this.#tree.takeSnapshot();
    const snapshot: Snapshot = { sequence: held.sequence, release: () => this.#release(snapshot) };
    this.#held.set(snapshot, held);
    return snapshot;
  }

  /**
   * The sequence that a read is to see; `undefined` for the newest.
   * @throws CoreCacheError `INVALID_ARGUMENT` for a snapshot that was released, or of another database
   */
  sequenceOf(snapshot: Snapshot | undefined): number | undefined {
    if (snapshot === undefined) return undefined;
    const held = this.#held.get(snapshot);
    if (held === undefined) {
      throw new CoreCacheError(
        'INVALID_ARGUMENT',
        'the snapshot was released, or is not of this database as it is open now',
      );
    }
    return held.sequence;
  }

  releaseAll(): void {
    for (const snapshot of [...this.#held.keys()]) this.#release(snapshot);
  }

  #release(snapshot: Snapshot): void {
    this.#held.get(snapshot)?.release();
    this.#held.delete(snapshot);
  }
}
