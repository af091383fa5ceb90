import { BatchReader, type TakeMemory } from '../../lsm/batch.js';
import { BatchWriter } from '../../lsm/batch-writer.js';
import type { VersionCondition } from '../operations.js';
import { KeyCheck } from './key-check.js';

/** What a `Batch` has gathered: its operations, encoded, and what the database must know of them when it is written. */
export class BatchContents {
  /** Keys and values together. */
  byteLength = 0;
  /** Of the shortest and the longest key, and of the longest value. */
  keyBytesMin = Infinity;
  keyBytesMax = 0;
  valueBytesMax = 0;
  readonly #writer = new BatchWriter();
  /** By the operation's place in the batch. */
  readonly #conditions = new Map<number, VersionCondition>();

  get count(): number {
    return this.#writer.count;
  }

  put(
    key: Uint8Array,
    value: Uint8Array,
    ttlMs: number | undefined,
    contentType: string | undefined,
    condition: VersionCondition | undefined,
  ): void {
    if (condition !== undefined) this.#conditions.set(this.count, condition);
    this.#writer.put(key, value, ttlMs, contentType);
    this.#measureKey(key.length);
    this.byteLength += value.length;
    if (value.length > this.valueBytesMax) this.valueBytesMax = value.length;
  }

  delete(key: Uint8Array, condition: VersionCondition | undefined): void {
    if (condition !== undefined) this.#conditions.set(this.count, condition);
    this.#writer.delete(key);
    this.#measureKey(key.length);
  }

  append(other: BatchContents): void {
    const before = this.count;
    for (const [place, condition] of [...other.#conditions]) this.#conditions.set(before + place, condition);
    this.#writer.append(other.#writer);
    this.byteLength += other.byteLength;
    this.keyBytesMin = Math.min(this.keyBytesMin, other.keyBytesMin);
    this.keyBytesMax = Math.max(this.keyBytesMax, other.keyBytesMax);
    this.valueBytesMax = Math.max(this.valueBytesMax, other.valueBytesMax);
  }

  clear(): void {
    this.#writer.clear();
    this.#conditions.clear();
    this.byteLength = 0;
    this.keyBytesMin = Infinity;
    this.keyBytesMax = 0;
    this.valueBytesMax = 0;
  }

  /** What goes to the log; later changes of the batch do not reach it. */
  encode(nowMs: number, take: TakeMemory): Uint8Array {
    return this.#writer.encode(nowMs, take);
  }

  /** As `checksOf` of an array; `payload` is what `encode` has made of the present contents. */
  checks(payload: Uint8Array, all: boolean): readonly KeyCheck[] | undefined {
    if (!all && this.#conditions.size === 0) return undefined;
    const checks: KeyCheck[] = [];
    const reader = new BatchReader(payload);
    for (let place = 0; reader.next(); place++) {
      const condition = this.#conditions.get(place);
      const { keyBytes, keyStart, keyEnd } = reader.entry;
      if (all || condition !== undefined) checks.push(new KeyCheck(keyBytes.subarray(keyStart, keyEnd), condition));
    }
    return checks;
  }

  #measureKey(length: number): void {
    this.byteLength += length;
    if (length < this.keyBytesMin) this.keyBytesMin = length;
    if (length > this.keyBytesMax) this.keyBytesMax = length;
  }
}
