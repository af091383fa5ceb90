import { describe, expect, it } from 'vitest';
import { writeVarint } from '../../../../src/base/varint.js';
import { writeBlockTrailer } from '../../../../src/lsm/sstable/block/block-format.js';
import { codecFor, codecWithId } from '../../../../src/lsm/sstable/codec/codec-table.js';
import { unpackBlock } from '../../../../src/lsm/sstable/block/unpack-block.js';

const PATH = '/tree/000007.data';
const FILE_NUMBER = 7;
const POSITION = 28;

const contents = Buffer.from('a line that comes again and again\n'.repeat(100));

/** What is stored, as a block with a right checksum. */
function blockOf(stored: Uint8Array, codecId: number): Uint8Array {
  const bytes = new Uint8Array(stored.length + 5);
  bytes.set(stored);
  writeBlockTrailer(bytes, stored.length, codecId, FILE_NUMBER, POSITION);
  return bytes;
}

const unpacked = (stored: Uint8Array, codecId: number): Uint8Array | undefined =>
  unpackBlock(blockOf(stored, codecId), PATH, FILE_NUMBER, POSITION);

const open = (stored: Uint8Array, codecId: number): Uint8Array => unpacked(stored, codecId)!;

const damaged = (what: RegExp): unknown =>
  expect.objectContaining({
    code: 'CORRUPTION',
    data: { file: PATH, offset: POSITION },
    message: expect.stringMatching(what) as string,
  });

/** The same bytes under another length. */
function claiming(length: number, stored: Uint8Array): Uint8Array {
  const codecBytes = stored.subarray(2);
  const bytes = new Uint8Array(8 + codecBytes.length);
  const start = writeVarint(bytes, 0, length);
  bytes.set(codecBytes, start);
  return bytes.subarray(0, start + codecBytes.length);
}

it('a block that is stored as it is has nothing to unpack', () => {
  expect(unpacked(contents, 0)).toBeUndefined();
});

it('a block of a codec that nobody knows is damaged', () => {
  expect(() => open(contents, 9)).toThrow(damaged(/codec 9 is not known/));
});

it('ids of codecs are what they were when the first blocks were written', () => {
  expect([1, 2].map((id) => codecWithId(id)?.compression)).toEqual(['fast', 'small']);
});

describe.each(['fast', 'small'] as const)('a block compressed %s', (compression) => {
  const codec = codecFor(compression)!;
  const stored = codec.compress(contents);

  it('comes back as it was', () => {
    expect(stored.length).toBeLessThan(contents.length / 4);
    expect(Buffer.from(open(stored, codec.id)).equals(contents)).toBe(true);
  });

  it('comes back in memory of its own', () => {
    for (const length of [20, 1000, contents.length]) {
      const opened = open(codec.compress(contents.subarray(0, length)), codec.id);
      expect(opened.buffer.byteLength).toBe(length);
    }
  });

  it('of any size and content comes back as it was', () => {
    for (const length of [8, 9, 63, 64, 65, 4095, 4096, 100_000, 1 << 20]) {
      for (const fill of [0, 'ab', 'no two alike: ☃ 0123456789']) {
        const given = Buffer.alloc(length, fill);
        expect(Buffer.compare(open(codec.compress(given), codec.id), given), `${length} ${fill}`).toBe(0);
      }
    }
  });

  it('that claims more than its bytes can hold is refused before memory is reserved for it', () => {
    // Another length may take more bytes itself.
    for (const length of [(stored.length + 8) * codec.expansionMax, 2 ** 31, 2 ** 32 - 1, 2 ** 40]) {
      expect(() => open(claiming(length, stored), codec.id)).toThrow(damaged(/cannot hold/));
    }
  });

  it.each([0, 1, contents.length - 1, contents.length + 1])('that claims %d bytes is damaged', (length) => {
    expect(() => open(claiming(length, stored), codec.id)).toThrow(damaged(/./));
  });

  it('that is cut short is damaged, wherever it is cut', () => {
    for (let length = 1; length < stored.length; length++) {
      expect(() => open(stored.subarray(0, length), codec.id)).toThrow(damaged(/./));
    }
  });

  it('with any bit of it changed has the length that it says, or is damaged', () => {
    for (let bit = 0; bit < stored.length * 8; bit++) {
      const changed = Uint8Array.from(stored);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      let opened: Uint8Array;
      try {
        opened = open(changed, codec.id);
      } catch (error) {
        expect(error).toEqual(damaged(/./));
        continue;
      }
      expect(opened.length).toBe(contents.length);
    }
  });
});
