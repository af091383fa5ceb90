import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { adviseHugePages, dropPages } from '../../src/env/memory-advice.js';
import { addressOf, flagsAt } from '../support/memory-flags.js';

const MIB = 1024 * 1024;
/** Not a multiple of any page: both ends lie within one. */
const BYTES = 24 * MIB + 12_345;

function residentMiB(): number {
  return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;
}

test('the huge pages that lie whole in memory are advised, nothing around them is, and what was written stays', () => {
  const memory = new SharedArrayBuffer(BYTES);
  const bytes = new Uint8Array(memory);
  for (let at = 0; at < BYTES; at += 1000) bytes[at] = at;
  expect(adviseHugePages(memory)).toBe(true);
  const start = addressOf(memory);
  expect(flagsAt(start + BigInt(BYTES / 2 - 0.5))).toContain('hg');
  expect(flagsAt(start)).not.toContain('hg');
  expect(flagsAt(start + BigInt(BYTES - 1))).not.toContain('hg');
  for (let at = 0; at < BYTES; at += 1000) if (bytes[at] !== (at & 0xff)) expect.unreachable(`${at} has changed`);
});

test('dropped pages take no memory until they are written again, and what is around them stays', () => {
  const memories = [1, 2, 3].map(() => new SharedArrayBuffer(BYTES));
  for (const memory of memories) new Uint8Array(memory).fill(7);
  const before = residentMiB();
  expect(dropPages(memories[1]!)).toBe(true);
  expect(residentMiB()).toBeLessThan(before - 20);
  for (const memory of [memories[0]!, memories[2]!])
    expect(new Uint8Array(memory).every((byte) => byte === 7)).toBe(true);
  const dropped = new Uint8Array(memories[1]!);
  expect(dropped[BYTES / 2 - 0.5]).toBe(0);
  expect([dropped[0], dropped[BYTES - 1]]).toEqual([7, 7]);
  dropped.fill(8);
  expect(dropped.every((byte) => byte === 8)).toBe(true);
});

test('small memory is left alone', () => {
  const memory = new SharedArrayBuffer(2 * MIB - 1);
  new Uint8Array(memory).fill(7);
  expect(adviseHugePages(memory)).toBe(false);
  expect(dropPages(memory)).toBe(false);
  expect(new Uint8Array(memory).every((byte) => byte === 7)).toBe(true);
});
