import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { DataSet } from '../engine/data-set.js';
import type { EngineName } from '../engine/engine.js';
import { openEngine } from '../engine/open-engine.js';
import { Permutation } from '../engine/permutation.js';
import { BATCH, fillBatches } from '../engine/write-workloads.js';
import { MainThread } from '../main-thread.js';
import { settle } from '../scale/settle.js';
import type { Cost } from './cost.js';

export interface FillsOptions {
  readonly engine: EngineName;
  readonly keyCount: number;
}

const QUIET_SECONDS = 1;

/**
 * What an entry costs that is written in a batch of 100, in order and in a random one: the thread that writes, and all
 * others, whose work is not done when the writes are answered, so the database is waited for; and how long the thread that
 * writes was ready to run while all processors were busy. Each fill begins on an empty directory; the first has its code
 * compiled besides. Then what no engine is spared: to make the entries, and to hand each batch to the system in one
 * checksummed piece. Steps that the system does not tell of are left out.
 */
export async function measureFills({ engine, keyCount }: FillsOptions): Promise<Cost[]> {
  const data = new DataSet(keyCount);
  const order = new Permutation(keyCount, 1);
  const makeAll = (): Promise<void> => {
    for (let i = 0; i < keyCount; i++) {
      data.key(i);
      data.value(i, 0);
    }
    return Promise.resolve();
  };
  const first = await costs('fillseq, the first of the process', keyCount, () => fill(engine, data, (i) => i));
  return [
    ...first,
    ...(await costs('keys and values made', keyCount, makeAll)).slice(0, 1),
    ...(await costs('… and written to a file', keyCount, () => writeAll(data))).slice(0, 1),
    ...(await costs('fillseq', keyCount, () => fill(engine, data, (i) => i))),
    ...(await costs('fillrandom', keyCount, () => fill(engine, data, (i) => order.at(i)))),
  ];
}

/** A log and nothing else. */
function writeAll(data: DataSet): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'corecache-bench-'));
  const file = openSync(join(directory, 'log'), 'w');
  const piece = Buffer.allocUnsafeSlow(BATCH * data.entryBytes);
  try {
    for (let from = 0; from < data.keyCount; from += BATCH) {
      let length = 0;
      for (let i = from; i < Math.min(from + BATCH, data.keyCount); i++) {
        for (const bytes of [data.key(i), data.value(i, 0)]) {
          piece.set(bytes, length);
          length += bytes.length;
        }
      }
      const batch = piece.subarray(0, length);
      crc32(batch);
      writeSync(file, batch);
    }
  } finally {
    closeSync(file);
    rmSync(directory, { recursive: true, force: true });
  }
  return Promise.resolve();
}

async function fill(name: EngineName, data: DataSet, indexAt: (i: number) => number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'corecache-bench-'));
  const engine = await openEngine({ engine: name, directory, compression: false });
  try {
    await fillBatches(engine, data, 0, indexAt);
    await settle(directory, QUIET_SECONDS);
  } finally {
    await engine.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function costs(name: string, keyCount: number, work: () => Promise<void>): Promise<Cost[]> {
  const mainThread = new MainThread();
  try {
    const [ranBefore, waitedBefore, before] = [mainThread.ranMs(), mainThread.waitedMs(), process.cpuUsage()];
    await work();
    const [ranAfter, waitedAfter] = [mainThread.ranMs(), mainThread.waitedMs()];
    const { user, system } = process.cpuUsage(before);
    if (ranBefore === undefined || ranAfter === undefined) return [];
    if (waitedBefore === undefined || waitedAfter === undefined) return [];
    const ranMs = ranAfter - ranBefore;
    const waitedMs = waitedAfter - waitedBefore;
    return [
      { step: `${name}: the main thread`, nanoseconds: (ranMs * 1e6) / keyCount },
      { step: `${name}: all others`, nanoseconds: ((user + system) * 1000 - ranMs * 1e6) / keyCount },
      { step: `${name}: the main thread waits for one`, nanoseconds: (waitedMs * 1e6) / keyCount },
    ];
  } finally {
    mainThread.close();
  }
}
