import { describe, expect, it } from 'vitest';
import { Memtable } from '../../../src/lsm/memtable/memtable.js';
import { memtableImageCursor } from '../../../src/lsm/memtable/memtable-image.js';
import { encodeBatch } from '../support/encode-batch.js';
import { bytesOf, everything, put } from '../support/model.js';

const CAPACITY = 64 * 1024 * 1024;

function filled(): Memtable {
  const memtable = new Memtable(CAPACITY);
  const versions = [put('b', 1, 'one'), put('a', 2, 'two'), put('b', 3, 'three')];
  for (const { key, sequence, epoch, value, writtenAtMs, ...rest } of versions) {
    const operation = { ...rest, key: bytesOf(key), value: bytesOf(value) };
    memtable.apply(sequence, epoch, encodeBatch([operation], writtenAtMs));
  }
  return memtable;
}

describe('the image of a memtable', () => {
  it('is read as the memtable is', () => {
    const memtable = filled();
    expect(everything(memtableImageCursor(memtable.image()))).toEqual(everything(memtable.cursor()));
  });

  it('counts as memory of the thread that reads it', () => {
    const image = filled().image();
    const before = process.memoryUsage().external;
    const cursor = memtableImageCursor(image);
    expect(process.memoryUsage().external - before).toBeGreaterThan(CAPACITY / 2);
    expect(everything(cursor)).toHaveLength(3);
  });
});
