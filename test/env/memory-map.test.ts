import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryMap } from '../../src/env/memory-map.js';
import { addressOf } from '../support/memory-flags.js';

const compiled = pathToFileURL(join(import.meta.dirname, '../../dist/env/memory-map.js')).href;
const BYTES = 100_000;

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'corecache-map-'));
  path = join(directory, 'a file');
  writeFileSync(path, Buffer.alloc(BYTES, 'abc'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function mapped(bytes = BYTES) {
  const descriptor = openSync(path, 'r');
  try {
    return await memoryMap.map(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
}

test('views of a closed mapping show zeros: nothing is at their addresses that is not theirs', async () => {
  const mapping = (await mapped())!;
  const view = mapping.bytes.subarray(300, 303);
  expect(Buffer.from(view).toString()).toBe('abc');
  mapping.close();
  const others = await Promise.all(Array.from({ length: 20 }, () => mapped()));
  expect([...view]).toEqual([0, 0, 0]);
  for (const other of others) other?.close();
});

/** Of the memory at an address. */
function residentKiB(address: bigint): number {
  let isThere = false;
  for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line);
    if (range !== null) isThere = BigInt(`0x${range[1]!}`) <= address && address < BigInt(`0x${range[2]!}`);
    const resident = isThere ? /^Rss:\s+(\d+)/.exec(line) : null;
    if (resident !== null) return Number(resident[1]);
  }
  return 0;
}

test('dropped pages take no memory until somebody looks, who sees the file', async () => {
  const mapping = (await mapped())!;
  const address = addressOf(mapping.bytes);
  expect(residentKiB(address)).toBeGreaterThanOrEqual(Math.floor(BYTES / 1024));
  mapping.dropPages();
  expect(residentKiB(address)).toBe(0);
  expect(Buffer.from(mapping.bytes).equals(readFileSync(path))).toBe(true);
  expect(residentKiB(address)).toBeGreaterThan(0);
  mapping.close();
  mapping.dropPages();
  expect([...mapping.bytes.subarray(0, 3)]).toEqual([0, 0, 0]);
});

test('what cannot be mapped is not', async () => {
  expect(await mapped(0)).toBeUndefined();
  expect(await memoryMap.map(-1, BYTES)).toBeUndefined();
  const directoryDescriptor = openSync(directory, 'r');
  expect(await memoryMap.map(directoryDescriptor, BYTES)).toBeUndefined();
  closeSync(directoryDescriptor);
});

const inWorker = `
  import { closeSync, openSync } from 'node:fs';
  import { setImmediate } from 'node:timers/promises';
  import { parentPort, workerData } from 'node:worker_threads';
  import { memoryMap } from '${compiled}';
  const warnings = [];
  process.on('warning', ({ message }) => warnings.push(message));
  const descriptor = openSync(workerData, 'r');
  const mapping = await memoryMap.map(descriptor, 3);
  closeSync(descriptor);
  await setImmediate();
  parentPort.postMessage({ text: Buffer.from(mapping.bytes).toString(), warnings });
`;

test('a worker thread maps too, and Node.js, which counts its descriptors, has nothing to say', async () => {
  const url = new URL(`data:text/javascript,${encodeURIComponent(inWorker)}`);
  const [answer] = (await once(new Worker(url, { workerData: path }), 'message')) as [unknown];
  expect(answer).toEqual({ text: 'abc', warnings: [] });
});

/** Maps and closes 1,280 MiB in all, and says how many MiB of addresses are left of them. */
const program = `
  import { openSync, readFileSync } from 'node:fs';
  import { setImmediate } from 'node:timers/promises';
  import { memoryMap } from '${compiled}';
  const descriptor = openSync(process.argv[1], 'r');
  const addressMiB = () => Number(/VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
  const map = async () => (await memoryMap.map(descriptor, 64 * 1024 * 1024)).close();
  await map();
  const before = addressMiB();
  for (let i = 0; i < 20; i++) await map();
  for (let i = 0; i < 100 && addressMiB() > before + 200; i++) {
    gc();
    await setImmediate();
  }
  console.log(addressMiB() - before);
`;

test('addresses are given back when there are no views of them', async () => {
  const options = ['--expose-gc', '--input-type=module', '--eval', program, path];
  const { stdout } = await promisify(execFile)(process.execPath, options);
  expect(Number(stdout)).toBeLessThan(200);
});
