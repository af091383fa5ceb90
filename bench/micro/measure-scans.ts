import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from 'corecache';
import { DataSet, sequenceOf } from '../engine/data-set.js';
import { leastNanoseconds, type Cost } from './cost.js';

/** As `batches` of the database hands them out. */
const BATCH_ITEMS = 1000;
const RANGE = 100;

/**
 * What an entry of a scan costs beside what it cannot cost less than: the harness's own check of it, and two views for the
 * caller, made over bytes that were copied. For scans of one it is the cost of a scan. Everything is in the database's
 * cache.
 * @throws Error when a scan did not return what was written
 */
export async function measureScans(keyCount: number): Promise<Cost[]> {
  const data = new DataSet(keyCount);
  const directory = mkdtempSync(join(tmpdir(), 'corecache-bench-'));
  const database = await Database.open(directory, {
    durability: 'os',
    cacheBytesMax: Math.max(1, keyCount * data.entryBytes * 2),
  });
  try {
    await fill(database, data);
    const random = sequenceOf(7);
    const starts = Array.from({ length: Math.ceil(keyCount / RANGE) }, () => random() % Math.max(1, keyCount - RANGE));
    const scans = (limit: number) => (): Promise<void> => scanFrom(database, data, starts, limit);
    return [
      { step: 'the check of an entry', nanoseconds: await leastNanoseconds(keyCount, () => checkAll(data)) },
      { step: 'two views of a caller', nanoseconds: await leastNanoseconds(keyCount, () => makePairs(data, false)) },
      {
        step: '… and a copy of their bytes',
        nanoseconds: await leastNanoseconds(keyCount, () => makePairs(data, true)),
      },
      {
        step: 'a scan of everything',
        nanoseconds: await leastNanoseconds(keyCount, () => scanAll(database, data, false)),
      },
      { step: '… backward', nanoseconds: await leastNanoseconds(keyCount, () => scanAll(database, data, true)) },
      { step: 'scans of 100', nanoseconds: await leastNanoseconds(starts.length * RANGE, scans(RANGE)) },
      { step: 'a scan of one', nanoseconds: await leastNanoseconds(starts.length, scans(1)) },
    ];
  } finally {
    await database.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function fill(database: Database, data: DataSet): Promise<void> {
  for (let start = 0; start < data.keyCount; start += BATCH_ITEMS) {
    const count = Math.min(BATCH_ITEMS, data.keyCount - start);
    const operations = Array.from({ length: count }, (_, i) => ({
      type: 'put' as const,
      key: data.key(start + i),
      value: data.value(start + i, 0),
    }));
    await database.write(operations);
  }
  await database.compact();
}

function checkAll(data: DataSet): void {
  const entries = Array.from({ length: BATCH_ITEMS }, (_, i) => [data.key(i), data.value(i, 0)] as const);
  for (let i = 0; i < data.keyCount; i++) data.checkEntry(i % BATCH_ITEMS, ...entries[i % BATCH_ITEMS]!);
}

function makePairs({ keyCount, keyBytes, entryBytes }: DataSet, areCopied: boolean): void {
  const block = Buffer.allocUnsafeSlow(entryBytes);
  let pairs: [Uint8Array, Uint8Array][] = [];
  let memory = Buffer.allocUnsafeSlow(BATCH_ITEMS * entryBytes);
  for (let i = 0; i < keyCount; i++) {
    if (pairs.length === BATCH_ITEMS) {
      pairs = [];
      if (areCopied) memory = Buffer.allocUnsafeSlow(BATCH_ITEMS * entryBytes);
    }
    const at = pairs.length * entryBytes;
    if (areCopied) memory.set(block, at);
    pairs.push([
      new Uint8Array(memory.buffer, at, keyBytes),
      new Uint8Array(memory.buffer, at + keyBytes, entryBytes - keyBytes),
    ]);
  }
}

/** Without the harness's check: of the entries their number, and the first and the last. */
async function scanAll(database: Database, data: DataSet, reverse: boolean): Promise<void> {
  let count = 0;
  for await (const entries of database.scan({ reverse }).batches()) {
    data.check(reverse ? data.keyCount - 1 - count : count, entries[0]![1]);
    count += entries.length;
  }
  if (count !== data.keyCount) throw new Error(`scan returned ${count} of ${data.keyCount} entries`);
}

async function scanFrom(database: Database, data: DataSet, starts: readonly number[], limit: number): Promise<void> {
  for (const start of starts) {
    let count = 0;
    for await (const entries of database.scan({ gte: data.key(start), limit }).batches()) {
      data.check(start + count, entries[0]![1]);
      count += entries.length;
    }
    if (count !== Math.min(limit, data.keyCount - start)) throw new Error(`range returned ${count} entries`);
  }
}
