import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { DataSet, sequenceOf } from '../engine/data-set.js';
import type { Engine, EngineName } from '../engine/engine.js';
import { openEngine } from '../engine/open-engine.js';
import { Permutation } from '../engine/permutation.js';
import { readEach } from '../engine/read-workloads.js';
import type { Shape } from '../engine/workload.js';
import { fillBatches } from '../engine/write-workloads.js';
import { settle } from '../scale/settle.js';
import { leastNanoseconds, type Cost } from './cost.js';

export interface PointsOptions {
  readonly engine: EngineName;
  readonly keyCount: number;
  /** Of CoreCache's tables; 0 when absent. */
  readonly mappedBytes?: number;
  /** Of each step, in each of its rounds. */
  readonly operations: number;
}

const HOT_KEYS = 10;
const BLOCK_BYTES = 4096;
const QUIET_SECONDS = 1;

/**
 * What a point read costs: by what share of the keys it goes round in, synchronous and with 64 in flight, beside what it
 * cannot cost less than. Every value is checked, and that is in the cost of each read.
 * @throws Error when a read did not return what was written
 */
export async function measurePoints(options: PointsOptions): Promise<Cost[]> {
  const { engine: name, keyCount, operations, mappedBytes } = options;
  const data = new DataSet(keyCount);
  const directory = mkdtempSync(join(tmpdir(), 'corecache-bench-'));
  const engine = await openEngine({ engine: name, directory, compression: false, mappedBytes });
  try {
    const order = new Permutation(keyCount, 1);
    const bytesOfData = keyCount * data.entryBytes;
    await fillBatches(engine, data, 0, (i) => order.at(i));
    await settle(directory, QUIET_SECONDS);
    // The first that were written: they are in no memtable any more.
    const drawn = (count: number): Uint32Array => {
      const random = sequenceOf(11);
      return Uint32Array.from({ length: operations }, () => order.at(random() % count));
    };
    const [few, hot, all] = [Math.min(HOT_KEYS, keyCount), Math.ceil(keyCount / 100), keyCount].map(drawn);
    const reads = (indexes: Uint32Array, shape: Shape) => (): Promise<number> =>
      leastNanoseconds(operations, () => readAll(engine, data, indexes, shape));
    return await inTurn({
      'a key made and a value checked': () => leastNanoseconds(operations, () => checkAll(data, operations)),
      [`${HOT_KEYS} keys, synchronous`]: reads(few!, 'sync'),
      [`${HOT_KEYS} keys, 64 in flight`]: reads(few!, '64 in flight'),
      'a hundredth of the keys, synchronous': reads(hot!, 'sync'),
      'a hundredth of the keys, 64 in flight': reads(hot!, '64 in flight'),
      'all keys, synchronous': reads(all!, 'sync'),
      'all keys, 64 in flight': reads(all!, '64 in flight'),
      'a read of one byte from the page cache': () => readPieces(join(directory, 'blocks'), 1, bytesOfData),
      'a read of 4 KiB from the page cache': () => readPieces(join(directory, 'blocks'), BLOCK_BYTES, bytesOfData),
      'the checksum of 4 KiB': () => checksums(operations),
    });
  } finally {
    await engine.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function inTurn(steps: Readonly<Record<string, () => Promise<number>>>): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (const [step, measure] of Object.entries(steps)) costs.push({ step, nanoseconds: await measure() });
  return costs;
}

async function readAll(engine: Engine, data: DataSet, indexes: Uint32Array, shape: Shape): Promise<void> {
  await readEach(engine, data, indexes, shape);
}

function checkAll(data: DataSet, operations: number): void {
  const values = Array.from({ length: HOT_KEYS }, (_, i) => data.value(i, 0));
  for (let i = 0; i < operations; i++) {
    data.key(i % HOT_KEYS);
    data.check(i % HOT_KEYS, values[i % HOT_KEYS]);
  }
}

/** At random places of a file of as many bytes. */
async function readPieces(path: string, pieceBytes: number, bytes: number): Promise<number> {
  const count = Math.ceil(bytes / BLOCK_BYTES);
  const file = openSync(path, 'w+');
  try {
    const block = Buffer.alloc(BLOCK_BYTES, 1);
    for (let i = 0; i < count; i++) writeSync(file, block);
    const random = sequenceOf(5);
    return await leastNanoseconds(count, () => {
      for (let i = 0; i < count; i++) readSync(file, block, 0, pieceBytes, (random() % count) * BLOCK_BYTES);
    });
  } finally {
    closeSync(file);
  }
}

function checksums(operations: number): Promise<number> {
  const block = Buffer.alloc(BLOCK_BYTES, 1);
  return leastNanoseconds(operations, () => {
    for (let i = 0; i < operations; i++) crc32(block);
  });
}
