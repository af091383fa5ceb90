import { describe, expect, it } from 'vitest';
import { RangeCopier } from '../../src/base/range-copier.js';
import { seeded } from '../lsm/support/model.js';

const BYTES = 5000;
const MARGIN = 9;

function memory(isShared: boolean, bytes: number): ArrayBuffer | SharedArrayBuffer {
  return isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
}

/** Bytes that are those of no other source, not at the start of their memory. */
function sourceOf(number: number, isShared: boolean): Uint8Array {
  const bytes = new Uint8Array(memory(isShared, BYTES + MARGIN), MARGIN);
  for (let i = 0; i < BYTES; i++) bytes[i] = (i * 31 + number * 17) % 251;
  return bytes;
}

describe('a copier of ranges', () => {
  it.each([0, 1, 15, 16, 17, 31, 32, 100, 128, 129, 1023, 1024, 3000])(
    'copies %d bytes to their place and nowhere else',
    (length) => {
      for (const isShared of [false, true]) {
        const copier = new RangeCopier();
        const source = sourceOf(1, isShared);
        for (const start of [0, 3, 8, BYTES - length]) {
          const target = new Uint8Array(memory(!isShared, BYTES + MARGIN), MARGIN).fill(255);
          copier.copy(source, start, start + length, target, 20);
          const expected = new Uint8Array(BYTES).fill(255);
          expected.set(source.subarray(start, start + length), 20);
          expect(Buffer.compare(target, expected)).toBe(0);
        }
      }
    },
  );

  it('takes each range from its source, however many there are and in whichever order', () => {
    const copier = new RangeCopier();
    const random = seeded(1);
    const sources = Array.from({ length: 12 }, (_, number) => sourceOf(number, number % 3 === 0));
    const targets = [new Uint8Array(500), new Uint8Array(500)];
    for (let round = 0; round < 2000; round++) {
      // Mostly few of them, as in a merge.
      const source = sources[round % 5 === 0 ? random(12) : random(4)]!;
      const target = targets[random(2)]!;
      const start = random(BYTES - 200);
      const length = random(200);
      copier.copy(source, start, start + length, target, 7);
      expect(Buffer.compare(target.subarray(7, 7 + length), source.subarray(start, start + length))).toBe(0);
    }
  });

  it('copies what is in the source by now', () => {
    const copier = new RangeCopier();
    const source = sourceOf(1, true);
    const target = new Uint8Array(100);
    copier.copy(source, 0, 100, target, 0);
    source.fill(7);
    copier.copy(source, 0, 100, target, 0);
    expect(target.every((byte) => byte === 7)).toBe(true);
  });
});
