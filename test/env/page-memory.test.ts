import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, expect, it, test, vi } from 'vitest';
import { countedBuffer, pagedBuffer, pagedBytes, sharedPagedBuffer } from '../../src/env/page-memory.js';
import { compiledModule } from '../../src/env/worker-thread.js';
import { addressOf } from '../support/memory-flags.js';

const MIB = 1024 * 1024;
const PAGE_BYTES = 64 * 1024;
const BYTES = 24 * MIB + 12_345;
const COMPILED = compiledModule(new URL('../../src/env/page-memory.ts', import.meta.url).href, './page-memory.js').href;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test('large shared memory is whole pages of the system, all zeros, and can be written to the end', () => {
  const memory = sharedPagedBuffer(BYTES);
  expect(memory).toBeInstanceOf(SharedArrayBuffer);
  expect(memory.byteLength).toBe(pagedBytes(BYTES));
  expect(memory.byteLength % PAGE_BYTES).toBe(0);
  expect(memory.byteLength - BYTES).toBeLessThan(PAGE_BYTES);
  // What comes from `malloc` has its length before it.
  expect(addressOf(memory) % BigInt(PAGE_BYTES)).toBe(0n);
  const bytes = new Uint8Array(memory);
  expect(bytes.every((byte) => byte === 0)).toBe(true);
  bytes.fill(7);
  expect(bytes[memory.byteLength - 1]).toBe(7);
});

test('large memory of this thread is too, and counts as its memory', () => {
  const before = process.memoryUsage().external;
  const memory = pagedBuffer(BYTES);
  expect(process.memoryUsage().external - before).toBeGreaterThan(BYTES / 2);
  expect(memory).toBeInstanceOf(ArrayBuffer);
  expect(memory.byteLength).toBe(pagedBytes(BYTES));
  const bytes = new Uint8Array(memory);
  expect(addressOf(bytes) % BigInt(PAGE_BYTES)).toBe(0n);
  expect(bytes.every((byte) => byte === 0)).toBe(true);
});

test('small memory has the length that is asked for', () => {
  expect(pagedBuffer(12_345).byteLength).toBe(12_345);
  expect(sharedPagedBuffer(12_345).byteLength).toBe(12_345);
  expect(pagedBytes(12_345)).toBe(12_345);
});

it.each([
  [
    'where WebAssembly refuses',
    {
      Memory: vi.fn(function refuse() {
        throw new RangeError('could not allocate memory');
      }),
    },
  ],
  ['where there is no WebAssembly', undefined],
])('%s, shared memory of the same length comes from malloc', async (_, webAssembly) => {
  vi.stubGlobal('WebAssembly', webAssembly);
  vi.resetModules();
  const { sharedPagedBuffer: fresh } = await import('../../src/env/page-memory.js');
  for (let i = 0; i < 3; i++) expect(fresh(BYTES).byteLength).toBe(pagedBytes(BYTES));
  // A refusal collects garbage first: once is enough.
  if (webAssembly !== undefined) expect(webAssembly.Memory).toHaveBeenCalledOnce();
});

it('works where programs may not make code', async () => {
  const program = `
    import { sharedPagedBuffer } from '${COMPILED}';
    console.log(sharedPagedBuffer(${BYTES}).byteLength);
  `;
  const options = ['--jitless', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, options);
  expect(Number(stdout)).toBe(pagedBytes(BYTES));
});

/**
 * Uses and frees large memory, then has `malloc` make a buffer twice, the second of what was the first; says how many of
 * its pages are there before anything is written to it.
 */
const afterLarge = `
  import { closeSync, openSync, readSync } from 'node:fs';
  import { setImmediate } from 'node:timers/promises';
  import { countedBuffer, pagedBuffer, sharedPagedBuffer } from '${COMPILED}';
  import { systemCalls } from '${new URL('./system-calls.js', COMPILED).href}';
  const BYTES = 8 * 1024 * 1024;
  const PAGE_BYTES = 4096;
  const pagesOf = (bytes) => {
    const first = Number(systemCalls().addressOf(bytes) / BigInt(PAGE_BYTES));
    const entries = new BigUint64Array(BYTES / PAGE_BYTES);
    const descriptor = openSync('/proc/self/pagemap', 'r');
    readSync(descriptor, entries, 0, entries.byteLength, first * 8);
    closeSync(descriptor);
    return entries.filter((entry) => entry >> 63n === 1n).length;
  };
  const collect = async () => {
    for (let i = 0; i < 5; i++) {
      gc();
      await setImmediate();
    }
  };
  for (let i = 0; i < 3; i++) new Uint8Array(sharedPagedBuffer(24 * 1024 * 1024)).fill(7);
  for (let i = 0; i < 3; i++) new Uint8Array(pagedBuffer(24 * 1024 * 1024)).fill(7);
  for (let i = 0; i < 3; i++) countedBuffer(24 * 1024 * 1024);
  await collect();
  new Uint8Array(BYTES).fill(7);
  await collect();
  console.log(pagesOf(new Uint8Array(BYTES)));
`;

test('when it is freed, malloc goes on giving large buffers back', async () => {
  const options = ['--expose-gc', '--input-type=module', '--eval', afterLarge];
  const { stdout } = await promisify(execFile)(process.execPath, options);
  expect(Number(stdout)).toBeLessThan(64);
});

test('a counted buffer counts as memory', () => {
  const before = process.memoryUsage().external;
  const buffer = countedBuffer(BYTES);
  expect(process.memoryUsage().external - before).toBeGreaterThan(BYTES / 2);
  expect(buffer.byteLength).toBe(BYTES);
});
