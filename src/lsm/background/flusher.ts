import type { Timer } from '../../env/clock.js';
import { Cancellation } from '../compaction/cancellation.js';
import { bloomBitsFor } from '../compaction/bloom-bits.js';
import { levelTargets } from '../compaction/level-targets.js';
import { fileNumbersFor } from '../compaction/table-outputs.js';
import type { VersionEdit } from '../manifest/version-edit.js';
import type { MemtableSpan } from '../tree/tree-state.js';
import { valueFileNumbersFor } from '../value-file/value-outputs.js';
import { JobCounter } from './job-counter.js';
import { retryDelayMs } from './retry-delay.js';
import type { TreeCore } from './tree-core.js';

interface FlushWaiter {
  readonly sequence: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Turns sealed memtables into level-0 tables, one at a time, the oldest first: so the flushed sequence, which the log goes
 * by, never has a hole below it.
 *
 *  1. The job writes the table and syncs it. The memtable goes on answering reads.
 *  2. The manifest gets the table and the flushed sequence in one edit, synced.
 *  3. One assignment takes the memtable out of the state and the table in. Then the log may let go.
 *
 * A failure before the end of 2 changes nothing: the memtable stays, reads go on, and the flush is tried again, later
 * and later, with a file of another number. A full disk heals that way as soon as there is room. When the manifest is
 * poisoned nothing is tried any more.
 */
export class Flusher {
  readonly counter: JobCounter;
  readonly #core: TreeCore;
  readonly #cancellation = new Cancellation();
  #running: Promise<void> | undefined = undefined;
  #failures = 0;
  #retry: Timer | undefined = undefined;
  #waiters: FlushWaiter[] = [];

  constructor(core: TreeCore) {
    this.#core = core;
    this.counter = new JobCounter(core.environment.clock);
  }

  /** There is something to flush, or it should be tried again now. */
  wake(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
    if (this.#canRun()) this.#running ??= this.#run();
  }

  /** Resolves when everything up to `sequence` is in tables. @throws CoreCacheError when a try to get there failed */
  flushed(sequence: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const failure = this.#core.unavailable;
      if (sequence <= this.#core.manifest.version.flushedSequence) resolve();
      else if (failure !== undefined) reject(failure);
      else {
        this.#waiters.push({ sequence, resolve, reject });
        this.wake();
      }
    });
  }

  async close(): Promise<void> {
    this.#retry?.cancel();
    this.#cancellation.cancel();
    await this.#running;
  }

  #canRun(): boolean {
    const { isClosed, state, manifest } = this.#core;
    return !isClosed && state.sealed.length > 0 && manifest.failure === undefined;
  }

  async #run(): Promise<void> {
    while (this.#canRun() && this.#retry === undefined) {
      const span = this.#core.state.sealed.at(-1)!;
      try {
        await this.counter.count(() => this.#flush(span));
        this.#succeeded();
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#running = undefined;
    // Closed, or poisoned by a compaction, between two flushes: nobody comes back for those who still wait.
    const { unavailable } = this.#core;
    if (unavailable !== undefined) this.#rejectWaiters(unavailable);
  }

  async #flush(span: MemtableSpan) {
    const { environment, directory, options, manifest, executor, snapshots } = this.#core;
    const { memtable, lastSequence, lastEpoch } = span;
    const edit = { flushedSequence: lastSequence, lastEpoch, removed: [], added: [] } satisfies VersionEdit;
    if (memtable.isEmpty) {
      await this.#commit(edit, span);
      return undefined;
    }
    const fileNumberCount = fileNumbersFor(memtable.bytesUsed, Infinity);
    const valueFileNumberCount = valueFileNumbersFor(memtable.bytesUsed, options);
    const result = await executor.run(
      'flush',
      {
        directory,
        source: { kind: 'memtable', image: memtable.image() },
        options,
        bloomBitsPerKey: bloomBitsFor(0, levelTargets(manifest.version, options), options),
        snapshots: snapshots.sequences(),
        clearedValueFiles: [],
        nowMs: environment.clock.now(),
        older: undefined,
        grandparents: [],
        firstFileNumber: manifest.allocate(fileNumberCount),
        fileNumberCount,
        firstValueFileNumber: manifest.allocate(valueFileNumberCount),
        valueFileNumberCount,
        outputBytesMax: Infinity,
        bytesPerSecondMax: 0,
      },
      this.#cancellation,
    );
    const added = result.outputs.map((table) => ({ level: 0, table }));
    await this.#commit({ ...edit, added, valueFiles: result.valueFiles }, span);
    return result;
  }

  async #commit(edit: VersionEdit, span: MemtableSpan): Promise<void> {
    await this.#core.manifest.commit(edit, (version) => this.#core.install(version, span));
  }

  #succeeded(): void {
    const { flushedSequence } = this.#core.manifest.version;
    this.#failures = 0;
    if (this.#core.flushFailure !== undefined) {
      this.#core.flushFailure = undefined;
      this.#core.failuresChanged();
    }
    const done = this.#waiters.filter(({ sequence }) => sequence <= flushedSequence);
    this.#waiters = this.#waiters.filter(({ sequence }) => sequence > flushedSequence);
    this.#core.onFlushed(flushedSequence);
    for (const { resolve } of done) resolve();
  }

  #failed(error: unknown): void {
    this.#rejectWaiters(error);
    if (this.#core.isClosed) return;
    this.#core.flushFailure = this.#core.report('a flush failed', error);
    this.#core.onCompactable();
    this.#failures++;
    if (this.#core.manifest.failure === undefined) {
      const delayMs = retryDelayMs(this.#failures);
      this.#retry = this.#core.environment.clock.setTimer(delayMs, () => this.wake());
    }
    this.#core.failuresChanged();
  }

  #rejectWaiters(error: unknown): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(error);
  }
}
