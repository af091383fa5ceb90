import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../../src/base/bytes.js';
import { VarintReader } from '../../../src/base/varint.js';
import { BlockIndex, encodeBlockIndex, separatorBetween } from '../../../src/lsm/sstable/block-index.js';
import { BlockStarts, encodeBlockStarts, startBetween } from '../../../src/lsm/sstable/block-starts.js';
import { bytesOf, randomKey, seeded } from '../support/model.js';

const fail = (what: string): never => {
  throw new Error(what);
};

/** Keys as they may follow each other in a table, a block each; some twice, as the versions of one key. */
function someKeys(seed: number): Buffer[] {
  const random = seeded(seed);
  const keys = Array.from({ length: 200 }, () => bytesOf(randomKey(random, 3000))).sort(compareBytes);
  return keys.flatMap((key, i) => (i % 17 === 0 ? [key, key] : [key]));
}

function startsOf(keys: readonly Buffer[]): { blocks: BlockIndex; starts: BlockStarts } {
  const notes = keys.map((key, i) => {
    const next = keys[i + 1];
    return next === undefined
      ? { byteLength: 1, separator: key, nextStart: undefined }
      : { byteLength: 1, separator: separatorBetween(key, next), nextStart: startBetween(key, next) };
  });
  const readerOf = (bytes: Uint8Array): VarintReader => new VarintReader(bytes, 0, bytes.length, fail);
  const blocks = new BlockIndex(readerOf(encodeBlockIndex(notes)), 0);
  const reader = readerOf(encodeBlockStarts(notes));
  const starts = new BlockStarts(reader, blocks, 'index');
  expect(reader.remaining).toBe(0);
  return { blocks, starts };
}

describe.each([1, 2, 3, 4])('where blocks start (seed %d)', (seed) => {
  const keys = someKeys(seed);
  const { blocks, starts } = startsOf(keys);

  it('a separator is at or after its block, and before the next', () => {
    for (let i = 0; i < keys.length - 1; i++) {
      expect(compareBytes(blocks.separator(i), keys[i]!)).toBeGreaterThanOrEqual(0);
      const order = compareBytes(blocks.separator(i), keys[i + 1]!);
      if (compareBytes(keys[i]!, keys[i + 1]!) === 0) expect(order).toBe(0);
      else expect(order).toBeLessThan(0);
    }
  });

  it('a start is after the block before and not after its own', () => {
    for (let i = 1; i < keys.length; i++) {
      expect(starts.compare(i, keys[i]!)).toBeLessThanOrEqual(0);
      if (compareBytes(keys[i - 1]!, keys[i]!) < 0) expect(starts.compare(i, keys[i - 1]!)).toBeGreaterThan(0);
    }
  });

  it('compares with any key as the start itself does', () => {
    const random = seeded(seed + 50);
    for (let i = 1; i < keys.length; i++) {
      const start = startBetween(keys[i - 1]!, keys[i]!);
      const near = keys[i]!.subarray(0, random(keys[i]!.length + 1));
      for (const key of [near, Buffer.concat([near, bytesOf('\0')]), bytesOf(randomKey(random, 3000))]) {
        const expected = start === undefined ? -1 : Math.sign(compareBytes(start, key));
        expect(Math.sign(starts.compare(i, key))).toBe(expected);
      }
    }
  });
});

describe('where blocks start', () => {
  it('the first block has no start, and one in which a key goes on has none', () => {
    const { starts } = startsOf([bytesOf('m'), bytesOf('m'), bytesOf('z')]);
    expect([0, 1, 2].map((block) => Math.sign(starts.compare(block, bytesOf('b'))))).toEqual([-1, -1, 1]);
  });

  it('what lies between two keys is known to be empty, but for what is very near to the first', () => {
    const { blocks, starts } = startsOf([bytesOf('user:1:profile'), bytesOf('user:5:profile')]);
    for (const prefix of ['user:1z', 'user:2', 'user:4:profile']) {
      const block = blocks.find(bytesOf(prefix));
      expect(block).toBe(1);
      expect(starts.compare(block, bytesOf(`${prefix}\xff`))).toBeGreaterThan(0);
    }
  });

  it('a start that its separator does not reach is corruption', () => {
    const notes = ['a', 'c'].map((key) => ({ byteLength: 1, separator: bytesOf(key), nextStart: bytesOf('abcde') }));
    const index = encodeBlockIndex(notes);
    const blocks = new BlockIndex(new VarintReader(index, 0, index.length, fail), 0);
    const bytes = encodeBlockStarts(notes);
    expect(() => new BlockStarts(new VarintReader(bytes, 0, bytes.length, fail), blocks, 'index')).toThrow(
      expect.objectContaining({ code: 'CORRUPTION' }),
    );
  });
});
