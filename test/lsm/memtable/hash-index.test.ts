import { describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/base/hash.js';
import { Entry } from '../../../src/lsm/entry.js';
import { Arena, FIRST_ENTRY } from '../../../src/lsm/memtable/arena.js';
import { HashIndex } from '../../../src/lsm/memtable/hash-index.js';

const MIB = 1024 * 1024;

/** An index, and the entries that it leads to. */
class Filled {
  readonly index: HashIndex;
  readonly arena: Arena;
  readonly #entry = new Entry();
  #end = FIRST_ENTRY;

  /** @param former whose memory is used again */
  constructor(arenaBytes: number, former?: Filled) {
    this.arena = new Arena(former?.arena.buffer ?? new SharedArrayBuffer(arenaBytes));
    this.index = new HashIndex(this.arena, former?.index.slots);
  }

  /** @returns the entry that was the key's newest, and the one that is now */
  add(key: string, valueBytes: number, hash = hashKey(Buffer.from(key))): { previous: number; entry: number } {
    const bytes = Buffer.from(key);
    this.#entry.keyBytes = bytes;
    this.#entry.keyEnd = bytes.length;
    this.#entry.valueBytes = Buffer.alloc(valueBytes);
    this.#entry.valueEnd = valueBytes;
    const entry = this.#end;
    this.#end = this.arena.write(entry, this.#entry, hash, 1, 1, undefined);
    return { previous: this.index.replace(hash, bytes, 0, bytes.length, entry), entry };
  }

  find(key: string, hash = hashKey(Buffer.from(key))): number {
    const bytes = Buffer.from(key);
    return this.index.find(hash, bytes, 0, bytes.length);
  }
}

describe('the hash index of a memtable', () => {
  it('leads to the newest entry of each key', () => {
    const filled = new Filled(MIB);
    const first = filled.add('a', 10);
    const other = filled.add('b', 10);
    expect(first.previous).toBe(0);
    const second = filled.add('a', 10);
    expect(second.previous).toBe(first.entry);
    expect([filled.find('a'), filled.find('b'), filled.find('c')]).toEqual([second.entry, other.entry, 0]);
    expect(filled.index.keyCount).toBe(2);
  });

  it('tells keys apart that have the same slot, the same tag or the same hash', () => {
    const filled = new Filled(MIB);
    const hashes = [5, 5 + (1 << 10), 5 | (1 << 31), 6 | (1 << 31), 5];
    const entries = hashes.map((hash, i) => filled.add(`key ${i}`, 10, hash).entry);
    expect(hashes.map((hash, i) => filled.find(`key ${i}`, hash))).toEqual(entries);
    expect(filled.find('another key', 5)).toBe(0);
  });

  it('goes round at its end', () => {
    const filled = new Filled(MIB);
    const entries = [0, 1, 2].map((i) => filled.add(`key ${i}`, 10, 0xffffffff).entry);
    expect([0, 1, 2].map((i) => filled.find(`key ${i}`, 0xffffffff))).toEqual(entries);
  });

  it('grows while there are few keys to the size that a full arena needs, and finds all that it held', () => {
    const filled = new Filled(8 * MIB);
    const sizes: number[] = [];
    const entries: number[] = [];
    for (let i = 0; i < 50_000; i++) {
      const { slots } = filled.index;
      entries.push(filled.add(`key ${i}`, 100).entry);
      if (filled.index.slots !== slots) sizes.push(i);
    }
    expect(sizes).toHaveLength(2);
    expect(sizes[1]).toBeLessThan(20_000);
    expect(entries.every((entry, i) => filled.find(`key ${i}`) === entry)).toBe(true);
  });

  it('stays small where values are large', () => {
    const filled = new Filled(8 * MIB);
    for (let i = 0; i < 2_000; i++) filled.add(`key ${i}`, 4_000);
    expect(filled.index.slots).toHaveLength(4096);
  });

  it('grows again when entries turn out smaller than those that it was judged by', () => {
    const filled = new Filled(8 * MIB);
    for (let i = 0; i < 1_000; i++) filled.add(`large ${i}`, 4_000);
    const { length } = filled.index.slots;
    const entries = Array.from({ length: 50_000 }, (_, i) => filled.add(`small ${i}`, 10).entry);
    expect(filled.index.slots.length).toBeGreaterThan(length);
    expect(filled.index.slots.length * 0.85).toBeGreaterThanOrEqual(filled.index.keyCount);
    expect(entries.every((entry, i) => filled.find(`small ${i}`) === entry)).toBe(true);
  });

  it('finds nothing of an earlier life of its memory', () => {
    const before = new Filled(MIB);
    before.add('a', 10);
    const after = new Filled(MIB, before);
    expect(after.find('a')).toBe(0);
    expect(after.index.keyCount).toBe(0);
  });
});
