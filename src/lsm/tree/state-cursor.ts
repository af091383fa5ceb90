import { ConcatenatingCursor } from '../iterator/concatenating-cursor.js';
import type { Cursor } from '../iterator/cursor.js';
import type { KeyRange } from '../iterator/key-range.js';
import { MergingCursor } from '../iterator/merging-cursor.js';
import { isInRange } from '../compaction/key-span.js';
import { tablesInRange, type LiveVersion } from './live-version.js';
import type { TreeState } from './tree-state.js';

/** All versions of the keys of a range in a state, newest sources first. Holds the state's version until it is closed. */
export function stateCursor({ active, sealed, live }: TreeState, range: KeyRange): Cursor {
  const children: Cursor[] = [active.memtable.cursor()];
  for (const { memtable } of sealed) children.push(memtable.cursor());
  for (const table of live.level0) if (isInRange(table, range)) children.push(table.cursor());
  for (const run of live.runs) {
    const tables = tablesInRange(run, range);
    if (tables.length > 0) children.push(new ConcatenatingCursor(tables));
  }
  return new StateCursor(children, live.retain());
}

class StateCursor extends MergingCursor {
  readonly #held: LiveVersion;

  constructor(children: readonly Cursor[], held: LiveVersion) {
    super(children);
    this.#held = held;
  }

  /** A hold of its own: the cursor may be closed while this is under way. */
  override async load(): Promise<void> {
    this.#held.retain();
    try {
      await super.load();
    } finally {
      this.#held.release();
    }
  }

  override close(): void {
    super.close();
    this.#held.release();
  }
}
