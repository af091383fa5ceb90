/**
 * The process that is killed: opens the database, tells all that is in it, then writes until it dies, and tells the number
 * of each write that was acknowledged. It tells by lines in a file, written with blocking calls: what was told has left
 * the process when it dies. Only that it is ready it says on standard output too.
 *
 *     node kill-child.js <url of the package> <directory> <number of the first write> <file for its lines>
 */
import { openSync, writeSync } from 'node:fs';
import type * as CoreCache from '../../src/corecache.js';
import { changesOf, COUNTER, WRITERS, type Change } from './kill-workload.js';

const [, , packageUrl, directory, first, report] = process.argv;
const lines = openSync(report!, 'w');
const { Batch, Database } = (await import(packageUrl!)) as typeof CoreCache;

const database = await Database.open(directory!, {
  memtableBytesMax: 64 * 1024,
  memtableRecordsMax: 80,
  blockBytes: 512,
  tableBytesMax: 4096,
  levelBytesBase: 16 * 1024,
  levelRatio: 4,
  level0TablesCompact: 2,
  settleAfterMs: 5,
  logSegmentBytesMax: 16 * 1024,
});

for await (const [key, value] of database.scan()) {
  const read = database.getSync(key);
  if (read === undefined || Buffer.compare(read, value) !== 0) tell(`differs ${textOf(key)}`);
  tell(`holds ${textOf(key)} ${textOf(value)}`);
}
const { problems } = await database.verify();
for (const problem of problems) tell(`problem ${JSON.stringify(problem)}`);
tell('ready');
process.stdout.write('ready');

let next = Number(first);
await Promise.all([countForEver(), ...Array.from({ length: WRITERS }, writeForEver)]);

async function writeForEver(): Promise<void> {
  for (;;) {
    const number = next++;
    const changes = changesOf(number);
    await database.write(
      number % 2 === 0 ? changes.map(operationOf) : batchOf(changes.slice(0, 1)).append(batchOf(changes.slice(1))),
    );
    tell(`wrote ${number}`);
  }
}

async function countForEver(): Promise<void> {
  for (;;) tell(`counted ${(await database.increment(Buffer.from(COUNTER))).value}`);
}

function operationOf({ key, value }: Change): CoreCache.WriteOperation {
  return value === undefined
    ? { type: 'delete', key: Buffer.from(key) }
    : { type: 'put', key: Buffer.from(key), value: Buffer.from(value) };
}

function batchOf(changes: readonly Change[]): CoreCache.Batch {
  const batch = new Batch();
  for (const { key, value } of changes) {
    if (value === undefined) batch.delete(Buffer.from(key));
    else batch.put(Buffer.from(key), Buffer.from(value));
  }
  return batch;
}

function tell(line: string): void {
  writeSync(lines, `${line}\n`);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
