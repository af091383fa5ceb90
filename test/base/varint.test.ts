import { describe, expect, it } from 'vitest';
import { VARINT_BYTES_MAX, VarintReader, varintLength, writeVarint } from '../../src/base/varint.js';

const fail = (what: string, offset: number): never => {
  throw new Error(`${what} at ${offset}`);
};
const edges = [
  0,
  1,
  127,
  128,
  300,
  16383,
  16384,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 42 + 5,
  Number.MAX_SAFE_INTEGER,
];

describe('varint', () => {
  it.each(edges)('%d reads back as written, in as many bytes as announced', (value) => {
    const bytes = new Uint8Array(VARINT_BYTES_MAX);
    const end = writeVarint(bytes, 0, value);
    expect(end).toBe(varintLength(value));
    const reader = new VarintReader(bytes, 0, end, fail);
    expect(reader.varint()).toBe(value);
    expect(reader.remaining).toBe(0);
  });

  it('is LEB128 on disk', () => {
    const bytes = new Uint8Array(2);
    writeVarint(bytes, 0, 300);
    expect([...bytes]).toEqual([0xac, 0x02]);
  });

  it('a number that is cut short is refused', () => {
    const reader = new VarintReader(Uint8Array.of(0x80, 0x80), 0, 2, fail);
    expect(() => reader.varint()).toThrow('number runs past the end at 0');
  });

  it('a number above the safe integers is refused', () => {
    const reader = new VarintReader(new Uint8Array(9).fill(0xff), 0, 9, fail);
    expect(() => reader.varint()).toThrow(/too (large|long)/);
    const large = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
    expect(() => new VarintReader(large, 0, 8, fail).varint()).toThrow('number is too large');
  });

  it('bytes that run past the end are refused', () => {
    const reader = new VarintReader(new Uint8Array(3), 1, 3, fail);
    expect(reader.bytes(2)).toHaveLength(2);
    expect(() => reader.bytes(1)).toThrow('1 bytes run past the end');
    expect(() => reader.byte()).toThrow('byte runs past the end');
  });
});
