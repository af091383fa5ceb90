import { AbstractIterator, type AbstractIteratorOptions } from 'abstract-level';
import type { Database } from '../store/database.js';
import type { ScanIterator } from '../store/read/scan.js';
import type { ReadOptions, Snapshot } from '../store/operations.js';
import { bytesBetween, rangeFrom, type ByteRange } from './byte-range.js';
import { LevelError, levelError } from './level-error.js';
import type { LevelSnapshot } from './level-snapshot.js';

/** How `abstract-level` asks for an iterator: bounds are encoded, and the limit is its own to keep. */
export interface IteratorPlan extends ByteRange {
  readonly reverse: boolean;
  /** False when only keys are asked for. */
  readonly values: boolean;
  readonly snapshot?: LevelSnapshot | undefined;
  readonly signal?: AbortSignal | null | undefined;
}

type Entry = [Uint8Array, Uint8Array];

/**
 * A walk over the moment at which it was made, or over a snapshot. `seek` gives up the scan under way, and the next read
 * begins another one over what is left of the range: the moment is held, so both see the same. `abstract-level` sees to
 * it that calls do not overlap, and calls `_close` when the last is answered.
 */
export class LevelIterator<TDatabase> extends AbstractIterator<TDatabase, Buffer, Buffer> {
  readonly #database: Database;
  readonly #range: ByteRange;
  readonly #isReverse: boolean;
  readonly #keysOnly: boolean;
  readonly #signal: AbortSignal | undefined;
  /** Held for this iterator alone; `undefined` when it reads a snapshot of the user's. */
  readonly #own: Snapshot | undefined;
  readonly #moment: ReadOptions;
  #rest: ByteRange;
  #scan: ScanIterator<Entry> | undefined = undefined;
  /** Scans that a `seek` has given up, as long as they are not ended. */
  #abandoned: ScanIterator<Entry> | undefined = undefined;

  constructor(level: TDatabase, database: Database, plan: IteratorPlan) {
    super(level, plan as AbstractIteratorOptions<Buffer, Buffer>);
    this.#database = database;
    this.#range = bytesBetween(plan);
    this.#rest = this.#range;
    this.#isReverse = plan.reverse;
    this.#keysOnly = !plan.values;
    this.#signal = plan.signal ?? undefined;
    this.#own = plan.snapshot === undefined ? database.snapshot() : undefined;
    this.#moment = plan.snapshot?.readOptions ?? { snapshot: this.#own };
  }

  async _next(): Promise<Entry | undefined> {
    try {
      const scan = await this.#scanUnderWay();
      const result = await scan.next();
      this.#requireNotAborted();
      return result.done === true ? undefined : result.value;
    } catch (error) {
      throw levelError(error);
    }
  }

  async _nextv(size: number): Promise<Entry[]> {
    try {
      const scan = await this.#scanUnderWay();
      const entries = await scan.nextMany(size);
      this.#requireNotAborted();
      return entries;
    } catch (error) {
      throw levelError(error);
    }
  }

  _seek(target: Buffer): void {
    this.#rest = rangeFrom(this.#range, target, this.#isReverse);
    this.#abandoned ??= this.#scan;
    this.#scan = undefined;
  }

  async _close(): Promise<void> {
    try {
      await this.#endAbandoned();
      await this.#scan?.return();
    } finally {
      this.#own?.release();
    }
  }

  async #scanUnderWay(): Promise<ScanIterator<Entry>> {
    if (this.#abandoned !== undefined) await this.#endAbandoned();
    this.#scan ??= this.#database
      .scan({ ...this.#rest, ...this.#moment, reverse: this.#isReverse, keysOnly: this.#keysOnly })
      [Symbol.asyncIterator]();
    return this.#scan;
  }

  async #endAbandoned(): Promise<void> {
    const abandoned = this.#abandoned;
    this.#abandoned = undefined;
    await abandoned?.return();
  }

  #requireNotAborted(): void {
    if (this.#signal?.aborted === true) throw new LevelError('LEVEL_ABORTED', 'Operation has been aborted');
  }
}
