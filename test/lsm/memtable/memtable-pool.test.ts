import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/env/simulated/manual-clock.js';
import { hashKey } from '../../../src/base/hash.js';
import { compiledModule } from '../../../src/env/worker-thread.js';
import { Entry } from '../../../src/lsm/entry.js';
import type { Memtable } from '../../../src/lsm/memtable/memtable.js';
import { KEPT_MS, MemtablePool } from '../../../src/lsm/memtable/memtable-pool.js';
import { SpareMemory } from '../../../src/lsm/memtable/spare-memory.js';
import { addressOf, flagsAt } from '../../support/memory-flags.js';
import { encodeBatch } from '../support/encode-batch.js';
import { bytesOf, everything, inOrder, put, randomVersions, seeded, type Version } from '../support/model.js';

const CAPACITY = 1024 * 1024;
const OPTIONS = { memtableBytesMax: CAPACITY, hugePages: false };
const POOL = new URL('../../../src/lsm/memtable/memtable-pool.ts', import.meta.url).href;

function fill(memtable: Memtable, versions: readonly Version[]): void {
  for (const version of [...versions].sort((a, b) => a.sequence - b.sequence)) {
    const operation = { ...version, key: bytesOf(version.key), value: bytesOf(version.value) };
    expect(memtable.apply(version.sequence, version.epoch, encodeBatch([operation], version.writtenAtMs))).toBe(true);
  }
}

function giveBackOne(pool: MemtablePool): Memtable {
  const memtable = pool.take(CAPACITY);
  pool.giveBack(memtable);
  return memtable;
}

describe('a memtable out of used memory', () => {
  it.each([1, 2, 3])('shows what was written to it, and nothing of its former life (seed %d)', (seed) => {
    const pool = new MemtablePool(OPTIONS, new ManualClock());
    const first = pool.take(CAPACITY);
    const former = randomVersions(seeded(seed), 2000, 400);
    fill(first, former);
    pool.giveBack(first);
    const second = pool.take(CAPACITY);
    expect(second.memory.arena).toBe(first.memory.arena);
    expect(second.isEmpty).toBe(true);
    expect(everything(second.cursor())).toEqual([]);

    const versions = randomVersions(seeded(seed + 50), 1500, 600);
    fill(second, versions);
    expect(everything(second.cursor())).toEqual(versions.sort(inOrder));
    const entry = new Entry();
    const keys = new Set(versions.map(({ key }) => key));
    for (const { key } of former) {
      expect(second.find(bytesOf(key), hashKey(bytesOf(key)), Infinity, entry)).toBe(keys.has(key));
    }
    for (const { key, sequence } of versions) {
      const isOldest = !versions.some((other) => other.key === key && other.sequence < sequence);
      expect(second.find(bytesOf(key), hashKey(bytesOf(key)), sequence - 1, entry)).toBe(!isOldest);
    }
  });

  it('is not made while somebody holds the one before', () => {
    const pool = new MemtablePool(OPTIONS, new ManualClock());
    const held = pool.take(CAPACITY);
    fill(held, [put('a', 1, 'one')]);
    held.retain();
    pool.giveBack(held);
    const next = pool.take(CAPACITY);
    fill(next, [put('b', 1, 'two')]);
    expect(everything(held.cursor())).toMatchObject([{ key: 'a', value: 'one' }]);
    held.release();
    expect(held.isHeld).toBe(false);
  });

  it('is of the capacity that was asked for', () => {
    const pool = new MemtablePool(OPTIONS, new ManualClock());
    pool.giveBack(pool.take(2 * CAPACITY));
    expect(pool.take(CAPACITY).capacityBytes).toBe(CAPACITY);
    pool.giveBack(pool.take(CAPACITY));
    expect(pool.take(2 * CAPACITY).capacityBytes).toBe(2 * CAPACITY);
  });
});

describe('the memory of a tree that is closed', () => {
  const poolOver = (spare: SpareMemory, capacity = CAPACITY) =>
    new MemtablePool({ ...OPTIONS, memtableBytesMax: capacity }, new ManualClock(), spare);

  it('serves the next tree, with all that it had', () => {
    const spare = new SpareMemory();
    const pool = poolOver(spare);
    const memtables = [pool.take(CAPACITY), pool.take(CAPACITY), pool.take(CAPACITY)];
    const arenas = memtables.map(({ memory }) => memory.arena);
    pool.giveBack(memtables[0]!);
    pool.close();
    pool.giveBack(memtables[1]!);
    pool.giveBack(memtables[2]!);
    const next = poolOver(spare);
    const taken = arenas.map(() => next.take(CAPACITY).memory.arena);
    expect(new Set(taken)).toEqual(new Set(arenas));
    expect(arenas).not.toContain(next.take(CAPACITY).memory.arena);
  });

  it('is left to those who still hold a memtable', () => {
    const spare = new SpareMemory();
    const pool = poolOver(spare);
    const held = pool.take(CAPACITY);
    held.retain();
    pool.close();
    pool.giveBack(held);
    expect(spare.take(held.memory.arena.byteLength)).toBeUndefined();
  });

  it('serves memtables of its own size only', () => {
    const spare = new SpareMemory();
    const { memory } = poolOver(spare).take(CAPACITY);
    spare.give(memory);
    expect(poolOver(spare, CAPACITY / 2).take(CAPACITY / 2).capacityBytes).toBe(CAPACITY / 2);
    expect(spare.take(memory.arena.byteLength)).toBe(memory);
  });
});

describe('memory of the system', () => {
  const LARGE = 8 * CAPACITY;
  const poolOf = (hugePages: boolean) =>
    new MemtablePool({ memtableBytesMax: LARGE, hugePages }, new ManualClock(), new SpareMemory());
  const middleOf = (memtable: Memtable) => addressOf(memtable.memory.arena) + BigInt(LARGE / 2);

  it.each([true, false])('comes in huge pages when that is asked for (%s)', (hugePages) => {
    const pool = poolOf(hugePages);
    expect(flagsAt(middleOf(pool.take(LARGE))).includes('hg')).toBe(hugePages);
    expect(flagsAt(middleOf(pool.take(2 * LARGE))).includes('hg')).toBe(hugePages);
  });

  it('has the pages of a spare memtable back at once', () => {
    const pool = poolOf(false);
    const memtables = [pool.take(LARGE), pool.take(LARGE)];
    const contents = memtables.map(({ memory }) => new Uint8Array(memory.arena).fill(7));
    for (const memtable of memtables) pool.giveBack(memtable);
    expect(contents.map((bytes) => bytes[LARGE / 2])).toEqual([7, 0]);
    pool.close();
    expect(contents.map((bytes) => bytes[LARGE / 2])).toEqual([0, 0]);
  });
});

/** Has `malloc` make memtables of memory that was written to and freed, and says how many pages they have at most. */
const program = `
  import { closeSync, openSync, readSync } from 'node:fs';
  import { setImmediate } from 'node:timers/promises';
  import { MemtablePool } from '${compiledModule(POOL, './memtable-pool.js').href}';
  import { systemCalls } from '${compiledModule(POOL, '../../env/system-calls.js').href}';
  const BYTES = 8 * 1024 * 1024;
  const PAGE_BYTES = 4096;
  const pagesOf = (arena) => {
    const first = Number(systemCalls().addressOf(new Uint8Array(arena)) / BigInt(PAGE_BYTES));
    const entries = new BigUint64Array(BYTES / PAGE_BYTES);
    const descriptor = openSync('/proc/self/pagemap', 'r');
    readSync(descriptor, entries, 0, entries.byteLength, first * 8);
    closeSync(descriptor);
    return entries.filter((entry) => entry >> 63n === 1n).length;
  };
  const nothingSpare = { take: () => undefined, give: () => undefined };
  const pool = new MemtablePool({ memtableBytesMax: BYTES, hugePages: false }, undefined, nothingSpare);
  let most = 0;
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 3; i++) new Uint8Array(new SharedArrayBuffer(BYTES)).fill(7);
    for (let i = 0; i < 5; i++) {
      gc();
      await setImmediate();
    }
    most = Math.max(most, pagesOf(pool.take(BYTES).memory.arena));
  }
  console.log(most);
`;

it('a new memtable has no pages of its own until something is written to it', async () => {
  const options = ['--expose-gc', '--input-type=module', '--eval', program];
  // All of its memory is in one place, and what was freed stays there.
  const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: '1073741824', MALLOC_TRIM_THRESHOLD_: '1073741824' };
  const { stdout } = await promisify(execFile)(process.execPath, options, { env });
  // Those at both ends, of up to 64 KiB, are not its own alone.
  expect(Number(stdout)).toBeLessThan(64);
});

describe('the memory of memtables that were flushed', () => {
  it('is kept for one while memtables come and go, and spare when none has for long', () => {
    const clock = new ManualClock();
    const spare = new SpareMemory();
    const pool = new MemtablePool(OPTIONS, clock, spare);
    const memtable = pool.take(CAPACITY);
    const { arena } = memtable.memory;
    pool.giveBack(memtable);
    clock.advance(KEPT_MS - 1);
    pool.giveBack(pool.take(CAPACITY));
    clock.advance(KEPT_MS - 1);
    expect(spare.take(arena.byteLength)).toBeUndefined();
    clock.advance(1);
    expect(spare.take(arena.byteLength)?.arena).toBe(arena);
  });

  it('is spare at once as far as the next memtable does not need it', () => {
    const spare = new SpareMemory();
    const pool = new MemtablePool(OPTIONS, new ManualClock(), spare);
    const memtables = [pool.take(CAPACITY), pool.take(CAPACITY), pool.take(CAPACITY)];
    for (const memtable of memtables) pool.giveBack(memtable);
    const [kept, ...others] = memtables.map(({ memory }) => memory.arena);
    const left = [1, 2, 3].map(() => spare.take(kept!.byteLength)?.arena);
    expect(left).toEqual([...others, undefined]);
    expect(pool.take(CAPACITY).memory.arena).toBe(kept);
  });

  it('is spare at once when the next one is not needed soon', () => {
    const clock = new ManualClock();
    const spare = new SpareMemory();
    const pool = new MemtablePool(OPTIONS, clock, spare);
    const { memory } = giveBackOne(pool);
    pool.dropKept();
    expect(spare.take(memory.arena.byteLength)?.arena).toBe(memory.arena);
    expect(clock.pendingCount).toBe(0);
    expect(giveBackOne(pool).memory.arena).toBe(pool.take(CAPACITY).memory.arena);
  });

  it('serves the next memtable as long as the collector has not come', () => {
    const clock = new ManualClock();
    const pool = new MemtablePool(OPTIONS, clock, new SpareMemory());
    const former = pool.take(CAPACITY);
    pool.giveBack(former);
    clock.advance(KEPT_MS);
    expect(pool.take(CAPACITY).memory.arena).toBe(former.memory.arena);
  });

  it('leaves no timer behind when its tree is closed', () => {
    const clock = new ManualClock();
    const pool = new MemtablePool(OPTIONS, clock, new SpareMemory());
    const [one, other] = [pool.take(CAPACITY), pool.take(CAPACITY)];
    pool.giveBack(one);
    pool.close();
    pool.giveBack(other);
    expect(clock.pendingCount).toBe(0);
  });
});
