import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/base/hash.js';
import { encodeDelete, encodePut } from '../../../src/lsm/batch.js';
import { Entry, NEVER_EXPIRES, Operation } from '../../../src/lsm/entry.js';
import { CursorState } from '../../../src/lsm/iterator/cursor.js';
import { Memtable } from '../../../src/lsm/memtable/memtable.js';
import { memtableImageCursor, type MemtableImage } from '../../../src/lsm/memtable/memtable-image.js';
import { encodeBatch } from '../support/encode-batch.js';
import {
  ArrayCursor,
  bytesOf,
  everything,
  firstDifference,
  inOrder,
  put,
  randomVersions,
  seeded,
  versionOf,
  type Version,
} from '../support/model.js';

const MIB = 1024 * 1024;

function batchOf(versions: readonly Version[]): Uint8Array {
  return encodeBatch(
    versions.map((version) => ({ ...version, key: bytesOf(version.key), value: bytesOf(version.value) })),
    versions[0]!.writtenAtMs,
  );
}

function filled(versions: readonly Version[], capacity = 4 * MIB): Memtable {
  const memtable = new Memtable(capacity);
  for (const version of [...versions].sort((a, b) => a.sequence - b.sequence)) {
    expect(memtable.apply(version.sequence, version.epoch, batchOf([version]))).toBe(true);
  }
  return memtable;
}

function find(memtable: Memtable, key: string, atSequence: number): Version | undefined {
  const entry = new Entry();
  const bytes = bytesOf(key);
  return memtable.find(bytes, hashKey(bytes), atSequence, entry) ? versionOf(entry) : undefined;
}

describe('a memtable', () => {
  it.each([1, 2, 3, 4, 5, 6])('finds what a list of versions holds (seed %d)', (seed) => {
    const versions = randomVersions(seeded(seed), 2000, 300);
    const memtable = filled(versions);
    const random = seeded(seed + 100);
    for (let i = 0; i < 1000; i++) {
      const { key } = versions[random(versions.length)]!;
      const atSequence = random(2100);
      const expected = versions.find((version) => version.key === key && version.sequence <= atSequence);
      expect(find(memtable, key, atSequence)).toEqual(expected);
    }
    expect(find(memtable, 'never written', 5000)).toBeUndefined();
    expect(memtable.entryCount).toBe(versions.length);
    expect(memtable.tombstoneCount).toBe(versions.filter(({ operation }) => operation === Operation.delete).length);
    expect([memtable.firstSequence, memtable.lastSequence]).toEqual([1, 2000]);
  });

  it('keeps keys and values of every length, with and without a content type before them', () => {
    const memtable = new Memtable(4 * MIB);
    const lengths = [...Array.from({ length: 300 }, (_, length) => length), 1023, 1024, 1025];
    const bytesFrom = (start: number, length: number): string =>
      Buffer.from(Array.from({ length }, (_, i) => 1 + ((start + i) % 255))).toString('latin1');
    const versions = lengths.map((length, i) => ({
      ...put(bytesFrom(i, 1 + (length % 40)), i + 1, bytesFrom(length, length)),
      contentType: i % 3 === 0 ? 'text/plain' : '',
    }));
    for (const version of versions) memtable.apply(version.sequence, version.epoch, batchOf([version]));
    for (const version of versions) expect(find(memtable, version.key, version.sequence)).toEqual(version);
  });

  it('applies a batch of very many operations', () => {
    const versions = Array.from({ length: 10_000 }, (_, i) => put(`key ${i}`, 1, `value ${i}`));
    const memtable = new Memtable(4 * MIB);
    expect(memtable.apply(1, versions[0]!.epoch, batchOf(versions))).toBe(true);
    expect(versions.every(({ key, value }) => find(memtable, key, 1)?.value === value)).toBe(true);
  });

  it.each([1, 2, 3])('shows all versions in order, both ways (seed %d)', (seed) => {
    const versions = randomVersions(seeded(seed), 3000, 700);
    const cursor = filled(versions).cursor();
    expect(everything(cursor)).toEqual(versions);
    const keys = versions.map(({ key }) => key);
    expect(firstDifference(cursor, new ArrayCursor(versions), seeded(seed), 2000, keys)).toBeUndefined();
  });

  it.each([1, 2, 3])('keeps its order when scans and writes alternate (seed %d)', (seed) => {
    const random = seeded(seed);
    const versions = randomVersions(random, 1500, 400).sort((a, b) => a.sequence - b.sequence);
    const memtable = new Memtable(MIB);
    for (let at = 0; at < versions.length;) {
      for (const end = Math.min(versions.length, at + random(60)); at < end; at++) {
        memtable.apply(versions[at]!.sequence, versions[at]!.epoch, batchOf([versions[at]!]));
      }
      expect(everything(memtable.cursor())).toEqual(versions.slice(0, at).sort(inOrder));
    }
  });

  it('a cursor shows the moment it was made at, while writes and other cursors go on', () => {
    const versions = randomVersions(seeded(9), 1000, 200).sort((a, b) => a.sequence - b.sequence);
    const memtable = filled(versions.slice(0, 500));
    const cursor = memtable.cursor();
    cursor.seekToFirst();
    for (const version of versions.slice(500)) {
      memtable.apply(version.sequence, version.epoch, batchOf([version]));
      if (version.sequence % 50 === 0) memtable.cursor().seekToFirst();
    }
    expect(everything(cursor)).toEqual(versions.slice(0, 500).sort(inOrder));
  });

  it('of one key twice in a batch keeps the later', () => {
    const memtable = new Memtable(MIB);
    memtable.apply(1, 1, batchOf([put('a', 1, 'first')]));
    memtable.apply(
      2,
      1,
      batchOf([
        put('a', 2, 'x'),
        put('b', 2, 'y'),
        { ...put('a', 2, ''), operation: Operation.delete },
        put('a', 2, 'z'),
      ]),
    );
    const { writtenAtMs } = put('a', 2);
    expect(find(memtable, 'a', 9)).toMatchObject({ value: 'z', sequence: 2 });
    expect(find(memtable, 'a', 1)).toMatchObject({ value: 'first' });
    expect(everything(memtable.cursor())).toEqual([
      { ...put('a', 2, 'z'), writtenAtMs },
      put('a', 1, 'first'),
      { ...put('b', 2, 'y'), writtenAtMs },
    ]);
    expect([memtable.entryCount, memtable.tombstoneCount]).toEqual([3, 0]);
    expect(everything(memtableImageCursor(memtable.image()))).toHaveLength(3);
  });

  it('keeps large values among small ones whole, each at a multiple of eight bytes', () => {
    const random = seeded(11);
    const versions = Array.from({ length: 300 }, (_, i) => ({
      ...put('k'.repeat(1 + random(20)) + String(i), i + 1, String(i % 10).repeat(random(2) * 1000 + random(50))),
      expiresAtMs: random(2) * 5,
      contentType: 'text/plain'.slice(0, random(10)),
    }));
    const memtable = filled(versions);
    for (const version of versions) expect(find(memtable, version.key, 1000)).toEqual(version);
    expect(everything(memtableImageCursor(memtable.image()))).toEqual([...versions].sort(inOrder));
    const entry = new Entry();
    const large = versions.filter(({ value }) => value.length >= 1024);
    const starts = large.map(({ key }) => {
      memtable.find(bytesOf(key), hashKey(bytesOf(key)), 1000, entry);
      return entry.valueStart % 8;
    });
    expect(starts.length).toBeGreaterThan(50);
    expect(new Set(starts)).toEqual(new Set([0]));
  });

  it('that has no room for a batch applies none of it', () => {
    const memtable = new Memtable(1000);
    expect(memtable.apply(1, 1, encodePut(bytesOf('a'), new Uint8Array(600), 1, NEVER_EXPIRES, ''))).toBe(true);
    const two = batchOf([put('b', 2), put('c', 2, 'x'.repeat(400))]);
    const used = memtable.bytesUsed;
    expect(memtable.apply(2, 1, two)).toBe(false);
    expect(find(memtable, 'b', 9)).toBeUndefined();
    expect(memtable.bytesUsed).toBe(used);
    expect(memtable.lastSequence).toBe(1);
    expect(memtable.apply(2, 1, encodePut(bytesOf('b'), new Uint8Array(1), 1, NEVER_EXPIRES, ''))).toBe(true);
  });

  it('that is made for a batch holds it, whatever its entries are', () => {
    for (const versions of [
      [put('', 1, '')],
      Array.from({ length: 500 }, (_, i) => ({ ...put(`k${i}`, 1, ''), expiresAtMs: 5, contentType: 'a' })),
      [put('big', 1, 'x'.repeat(3 * MIB))],
      Array.from({ length: 100 }, (_, i) => ({
        ...put('k'.repeat(1 + (i % 4)), 1, 'x'.repeat(1024 + (i % 7))),
        expiresAtMs: 5,
        contentType: 'abcde'.slice(0, 1 + (i % 5)),
      })),
    ]) {
      const batch = batchOf(versions);
      expect(new Memtable(Memtable.capacityFor(batch)).apply(1, 1, batch)).toBe(true);
    }
  });

  it('is never used beyond its capacity', () => {
    const memtable = new Memtable(10_000);
    let sequence = 1;
    while (memtable.apply(sequence, 1, encodePut(bytesOf(`key${sequence}`), bytesOf('v'), 1, 5, 't'))) sequence++;
    expect(memtable.bytesUsed).toBeLessThanOrEqual(10_000);
    expect(memtable.bytesUsed).toBeGreaterThan(9_500);
  });

  it('a damaged batch is refused and nothing of it applied', () => {
    const memtable = new Memtable(MIB);
    const batch = batchOf([put('a', 1), put('b', 1)]);
    expect(() => memtable.apply(1, 1, batch.subarray(0, batch.length - 1))).toThrow(
      expect.objectContaining({ code: 'CORRUPTION' }),
    );
    expect(memtable.isEmpty).toBe(true);
    expect(find(memtable, 'a', 9)).toBeUndefined();
  });

  it('takes sequences, epochs and times above 32 bits', () => {
    const memtable = new Memtable(MIB);
    const sequence = Number.MAX_SAFE_INTEGER;
    const epoch = 2 ** 40 + 3;
    memtable.apply(5, 2 ** 31, encodeDelete(bytesOf('k'), 2 ** 31));
    memtable.apply(sequence, epoch, encodePut(bytesOf('k'), bytesOf('v'), 2 ** 41 + 7, 2 ** 42 + 9, ''));
    expect(find(memtable, 'k', sequence)).toMatchObject({
      sequence,
      epoch,
      writtenAtMs: 2 ** 41 + 7,
      expiresAtMs: 2 ** 42 + 9,
    });
    expect(find(memtable, 'k', 5)).toMatchObject({ sequence: 5, epoch: 2 ** 31, writtenAtMs: 2 ** 31 });
  });

  it('outgrows the hash table it began with', () => {
    const memtable = new Memtable(MIB);
    let count = 0;
    while (memtable.apply(count + 1, 1, encodePut(bytesOf(`${count}`), new Uint8Array(0), 1, NEVER_EXPIRES, '')))
      count++;
    expect(count).toBeGreaterThan(8192);
    for (let i = 0; i < count; i++) expect(find(memtable, `${i}`, count)?.sequence).toBe(i + 1);
  });

  it('is brought into order in bounded steps when many entries are scanned for the first time', () => {
    const versions = randomVersions(seeded(7), 60_000, 50_000);
    const memtable = filled(versions, 16 * MIB);
    const cursor = memtable.cursor();
    const other = memtable.cursor();
    cursor.seekToFirst();
    let steps = 0;
    for (; cursor.state === CursorState.unloaded; steps++) void cursor.load();
    expect(steps).toBeGreaterThan(5);
    expect(everything(other)).toEqual(versions);
    const inMemory = memtable.cursor();
    inMemory.seekToLast();
    expect(inMemory.state, 'done once').toBe(CursorState.ready);
    expect(everything(cursor)).toEqual(versions);
  });

  it('sequences must rise', () => {
    const memtable = filled([put('a', 3)]);
    expect(() => memtable.apply(3, 1, batchOf([put('b', 3)]))).toThrow('sequences rise');
  });

  it('an empty one shows nothing', () => {
    const cursor = new Memtable(100).cursor();
    cursor.seekToLast();
    expect(cursor.state).toBe(CursorState.end);
  });

  it('an image shows the same entries', () => {
    const versions = randomVersions(seeded(4), 5000, 1000);
    expect(everything(memtableImageCursor(filled(versions).image()))).toEqual(versions);
  });

  it('an image reaches another thread without being copied', async () => {
    const memtable = filled([put('a', 1)]);
    const worker = new Worker(
      `const { workerData, parentPort } = require('node:worker_threads');
       parentPort.postMessage(workerData);`,
      { eval: true, workerData: memtable.image() },
    );
    const image = await new Promise<MemtableImage>((resolve) => worker.once('message', resolve));
    memtable.apply(2, 1, batchOf([put('b', 2)]));
    expect(everything(memtableImageCursor({ ...image, ...memtable.image(), buffer: image.buffer }))).toHaveLength(2);
    await worker.terminate();
  });
});
