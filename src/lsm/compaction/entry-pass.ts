import { NEVER_EXPIRES, Operation, ValuePlace, type Entry } from '../entry.js';
import { CursorState, type Cursor } from '../iterator/cursor.js';
import type { ValueOutputs } from '../value-file/value-outputs.js';
import { Fate, type Retention } from './retention.js';
import type { TableOutputs } from './table-outputs.js';

/** Entries between two pauses: well under a millisecond of work for ordinary ones. */
const SLICE_ENTRIES = 256;
/** … or this many bytes. */
const SLICE_BYTES = 256 * 1024;

/**
 * The one pass of a job over its entries, slice by slice.
 *
 * A slice is a call, not a turn of one long loop: what V8 compiles of a loop that has never ended it throws away when the
 * job ends, and compiles again for the next.
 */
export class EntryPass {
  readonly #source: Cursor;
  readonly #retention: Retention;
  readonly #outputs: TableOutputs;
  readonly #values: ValueOutputs;
  #isNewKey = true;
  #entriesRead = 0;
  #entriesDropped = 0;

  /** @param source stands on the first entry, or waits for it */
  constructor(source: Cursor, retention: Retention, outputs: TableOutputs, values: ValueOutputs) {
    this.#source = source;
    this.#retention = retention;
    this.#outputs = outputs;
    this.#values = values;
  }

  get entriesRead(): number {
    return this.#entriesRead;
  }

  get entriesDropped(): number {
    return this.#entriesDropped;
  }

  /**
   * Passes some entries on. False when there are no more.
   * @throws CoreCacheError `CORRUPTION` with the file, `DISK_FULL`, `IO`
   */
  slice(): boolean {
    const source = this.#source;
    const values = this.#values;
    const bytesMax = values.bytesWritten + SLICE_BYTES;
    let tableBytes = 0;
    for (let count = 0; count < SLICE_ENTRIES && tableBytes + values.bytesWritten < bytesMax; count++) {
      if (!isReady(source)) return false;
      const { entry } = source;
      tableBytes += entry.keyEnd - entry.keyStart + entry.valueEnd - entry.valueStart;
      this.#pass(entry);
      source.next();
    }
    return true;
  }

  #pass(entry: Entry): void {
    this.#entriesRead++;
    const retention = this.#retention;
    const fate = retention.fateOf(entry);
    // The first version that is kept of a key opens it in the output, whichever versions before it were dropped.
    this.#isNewKey ||= retention.isNewKey;
    if (fate === Fate.drop) {
      this.#entriesDropped++;
      return;
    }
    if (fate === Fate.keepAsTombstone) makeTombstone(entry);
    this.#values.place(entry);
    this.#outputs.add(entry, this.#isNewKey);
    this.#isNewKey = false;
  }
}

function isReady(source: Cursor): boolean {
  while (source.state === CursorState.unloaded) source.loadSync();
  return source.state === CursorState.ready;
}

/** The window is the cursor's own and refilled by its next move, so it may be written over. */
function makeTombstone(entry: Entry): void {
  entry.operation = Operation.delete;
  entry.expiresAtMs = NEVER_EXPIRES;
  entry.contentType = '';
  entry.valueStart = entry.valueEnd = 0;
  entry.valuePlace = ValuePlace.inline;
}
