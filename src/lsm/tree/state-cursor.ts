import { ConcatenatingCursor } from '../iterator/concatenating-cursor.js';
import type { Cursor } from '../iterator/cursor.js';
import type { Walk } from '../iterator/walk.js';
import { MergingCursor } from '../iterator/merging-cursor.js';
import { isInRange } from '../compaction/key-span.js';
import type { Entry } from '../entry.js';
import type { ValueSource } from '../value-file/value-files.js';
import { tablesInRange, type LiveVersion } from './live-version.js';
import { releaseState, retainState, type TreeState } from './tree-state.js';

/**
 * All versions of the keys of a walk in a state, newest sources first; of keys beyond it maybe some. Holds the state
 * until it is closed.
 */
export function stateCursor(state: TreeState, walk: Walk): Cursor {
  const { active, sealed, live } = state;
  const children: Cursor[] = [active.memtable.cursor()];
  for (const { memtable } of sealed) children.push(memtable.cursor());
  for (const table of live.level0) if (isInRange(table, walk)) children.push(table.cursor(walk));
  for (const run of live.runs) {
    const tables = tablesInRange(run, walk);
    if (tables.length > 0) children.push(new ConcatenatingCursor(tables, walk));
  }
  return new StateCursor(children, state);
}

/** The values of a version. Each load holds it: the cursor that asks may be closed while this is under way. */
export class HeldValues implements ValueSource {
  readonly #live: LiveVersion;

  constructor(live: LiveVersion) {
    this.#live = live;
  }

  async load(entry: Entry): Promise<void> {
    this.#live.retain();
    try {
      await this.#live.values.load(entry);
    } finally {
      this.#live.release();
    }
  }

  loadNow(entry: Entry): boolean {
    return this.#live.values.loadNow(entry);
  }

  loadSync(entry: Entry): void {
    this.#live.values.loadSync(entry);
  }
}

class StateCursor extends MergingCursor {
  readonly #held: TreeState;

  constructor(children: readonly Cursor[], state: TreeState) {
    super(children);
    this.#held = state;
    retainState(state);
  }

  /** A hold of its own: the cursor may be closed while this is under way. */
  override async load(): Promise<void> {
    retainState(this.#held);
    try {
      await super.load();
    } finally {
      releaseState(this.#held);
    }
  }

  override close(): void {
    super.close();
    releaseState(this.#held);
  }
}
