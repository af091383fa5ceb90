import { expect, test } from 'vitest';
import { PayloadPool } from '../../../src/store/write/payload-pool.js';

const KIB = 1024;

function addressOf(payload: Uint8Array, at: number): number {
  return payload.byteOffset + at;
}

test('memory that was given back is taken again, by a payload of nearly the same length too', () => {
  const pool = new PayloadPool();
  const first = pool.take(100_000, 0);
  pool.giveBack(first);
  expect(pool.take(99_000, 0).buffer).toBe(first.buffer);
});

test('no memory is handed out twice at a time', () => {
  const pool = new PayloadPool();
  const payloads = Array.from({ length: 20 }, () => pool.take(10_000, 0));
  for (const payload of payloads) pool.giveBack(payload);
  const again = Array.from({ length: 40 }, () => pool.take(10_000, 0));
  expect(new Set(again.map(({ buffer }) => buffer)).size).toBe(40);
});

test('a payload that is given back a second time is not kept twice', () => {
  const pool = new PayloadPool();
  const payload = pool.take(10_000, 0);
  pool.giveBack(payload);
  pool.giveBack(payload);
  expect(pool.take(10_000, 0).buffer).not.toBe(pool.take(10_000, 0).buffer);
});

test('memory of others is not kept', () => {
  const pool = new PayloadPool();
  const other = Buffer.allocUnsafeSlow(10 * KIB);
  pool.giveBack(other);
  expect(pool.take(10 * KIB - 7, 0).buffer).not.toBe(other.buffer);
});

test('the byte that is to be aligned is, at any place and any length', () => {
  const pool = new PayloadPool();
  for (let alignedAt = 0; alignedAt < 20; alignedAt++) {
    for (const length of [4 * KIB, 4 * KIB + 1, 5 * KIB, 64 * KIB - 7, 64 * KIB, 1024 * KIB]) {
      const payload = pool.take(length, alignedAt);
      expect(payload.length).toBe(length);
      expect(addressOf(payload, alignedAt) % 8).toBe(0);
    }
  }
});

test('small payloads and huge ones are not pooled', () => {
  const pool = new PayloadPool();
  for (const length of [100, 2 * KIB, 1024 * KIB + 1]) {
    const payload = pool.take(length, 0);
    expect(payload.length).toBe(length);
    pool.giveBack(payload);
    expect(pool.take(length, 0)).not.toBe(payload);
  }
});

test('what is kept is bounded, and other capacities give way', () => {
  const pool = new PayloadPool();
  const takeAll = (count: number, length: number): Uint8Array[] =>
    Array.from({ length: count }, () => pool.take(length, 0));
  const small = takeAll(2000, 8 * KIB);
  for (const payload of small) pool.giveBack(payload);
  const large = takeAll(4, 512 * KIB);
  for (const payload of large) pool.giveBack(payload);
  const known = new Set(large.map(({ buffer }) => buffer));
  expect(takeAll(4, 512 * KIB).filter(({ buffer }) => known.has(buffer))).toHaveLength(4);
  const before = new Set(small.map(({ buffer }) => buffer));
  expect(takeAll(2000, 8 * KIB).filter(({ buffer }) => before.has(buffer)).length).toBeLessThan(1024);
});
