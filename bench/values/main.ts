import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from 'corecache';
import { Permutation } from '../engine/permutation.js';

/**
 * What values cost in tables and apart from them: `main.js <value bytes> <separatedValueBytesMin> <MiB>`. CPU time of the
 * process, background threads included, in microseconds an operation; every key written in random order, twice, then read.
 */
const [valueBytes = 10_240, separatedValueBytesMin = 8192, mebibytes = 300] = process.argv.slice(2).map(Number);
const count = Math.floor((mebibytes * 1024 * 1024) / valueBytes);
const IN_FLIGHT = 64;
/** Values are cut out of these at changing offsets. */
const pool = randomBytes(valueBytes + 4096);
const order = new Permutation(count, 1);

const directory = await mkdtemp(join(tmpdir(), 'corecache values.'));
const database = await Database.open(directory, { separatedValueBytesMin });
const cost = async (operations: number, work: () => Promise<void>): Promise<string> => {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return ((user + system) / operations).toFixed(1);
};
const figures = {
  valueBytes,
  separatedValueBytesMin,
  count,
  fill: await cost(count, fill),
  overwrite: await cost(count, fill),
  ...written(),
  readSync: await cost(count, readSync),
  readInFlight: await cost(count, () => inFlight((i) => database.get(keyOf(i)))),
  scan: await cost(count, scan),
};
await database.close();
await rm(directory, { recursive: true });
process.stdout.write(`${JSON.stringify(figures)}\n`);

function keyOf(i: number): Uint8Array {
  return Buffer.from(String(i).padStart(16, '0'));
}

/** Through flush and compaction, until both rest. */
async function fill(): Promise<void> {
  await inFlight((i) => {
    const offset = (i * 7919) % 4096;
    return database.put(keyOf(i), pool.subarray(offset, offset + valueBytes), { durability: 'os' });
  });
  await database.flush();
  for (let rests = 0; rests < 15;) {
    await sleep(100);
    const { flush, compaction } = database.stats().tree;
    rests = flush.isRunning || compaction.isRunning ? 0 : rests + 1;
  }
}

async function inFlight(operation: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const walk = async (): Promise<void> => {
    while (next < count) await operation(order.at(next++));
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, walk));
}

function readSync(): Promise<void> {
  for (let i = 0; i < count; i++) {
    if (database.getSync(keyOf(order.at(i)))?.length !== valueBytes) throw new Error('a value is lost');
  }
  return Promise.resolve();
}

async function scan(): Promise<void> {
  let found = 0;
  for await (const [, value] of database.scan()) found += value.length;
  if (found !== count * valueBytes) throw new Error(`a scan found ${found} bytes`);
}

/** By flushes and compactions, in MiB, and what is there in the end. */
function written(): { readonly writtenMiB: number; readonly onDiskMiB: number } {
  const { flush, compaction, tableBytes, valueFileBytes } = database.stats().tree;
  const mib = (bytes: number): number => Math.round(bytes / (1024 * 1024));
  return { writtenMiB: mib(flush.bytesWritten + compaction.bytesWritten), onDiskMiB: mib(tableBytes + valueFileBytes) };
}
