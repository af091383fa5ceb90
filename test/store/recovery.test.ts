import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { toEpoch, toPartitionId, toSequence } from '../../src/base/numbers.js';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { CommitLog } from '../../src/log/commit-log.js';
import { LogRecordKind } from '../../src/log/log-record.js';
import { encodePut } from '../../src/lsm/batch.js';
import { NEVER_EXPIRES } from '../../src/lsm/entry.js';
import {
  bytes,
  DIRECTORY,
  memoryPlace,
  openIn,
  pairs,
  text,
  tinyOptions,
  type MemoryPlace,
} from './memory-database.js';

let fileSystem: CrashableFileSystem;
let place: MemoryPlace;

beforeEach(() => {
  fileSystem = new CrashableFileSystem();
  place = memoryPlace(fileSystem);
});

interface Line {
  readonly kind: keyof typeof LogRecordKind;
  readonly sequence: number;
  readonly epoch?: number;
  readonly value?: string;
  readonly partition?: number;
}

/** Writes records into the log of a closed database, as a replica would that was told to. */
async function appendToLog(lines: readonly Line[]): Promise<void> {
  const log = await CommitLog.open({
    environment: place,
    directory: join(DIRECTORY, 'log'),
    options: { segmentBytesMax: 1 << 20, syncIntervalMs: 10 },
    onRecord: () => undefined,
  });
  for (const { kind, sequence, epoch, value, partition } of lines) {
    const isWrite = kind === 'write';
    const payload = isWrite ? encodePut(bytes(`k${sequence}`), bytes(value ?? ''), 1, NEVER_EXPIRES, '') : bytes('');
    log.append(
      {
        kind: LogRecordKind[kind],
        partition: toPartitionId(partition ?? 0),
        epoch: toEpoch(epoch ?? 0),
        sequence: toSequence(sequence),
        payload,
      },
      'fsync',
      { logged: () => undefined, logFailed: () => undefined },
    );
  }
  await log.close();
}

async function makeEmpty(): Promise<void> {
  await (await openIn(place)).close();
}

test('a truncation takes back what came before it, and what comes after it counts', async () => {
  await makeEmpty();
  await appendToLog([
    { kind: 'write', sequence: 1, value: 'kept' },
    { kind: 'write', sequence: 2, value: 'taken back' },
    { kind: 'write', sequence: 3, value: 'taken back' },
    { kind: 'truncate', sequence: 1, epoch: 2 },
    { kind: 'noop', sequence: 2, epoch: 2 },
    { kind: 'write', sequence: 3, epoch: 2, value: 'of the new leader' },
  ]);
  const database = await openIn(place);
  expect(await pairs(database.scan())).toEqual(['k1=kept', 'k3=of the new leader']);
  expect([database.lastSequence, database.epoch]).toEqual([3, 2]);
  expect(await database.put(bytes('next'), bytes('v'))).toEqual({ epoch: 2, sequence: 4 });
  await database.close();
});

const broken: readonly [string, readonly Line[], RegExp][] = [
  [
    'a gap',
    [
      { kind: 'write', sequence: 1 },
      { kind: 'write', sequence: 3 },
    ],
    /from record 1 to 3/,
  ],
  [
    'a sequence twice',
    [
      { kind: 'write', sequence: 1 },
      { kind: 'write', sequence: 1 },
    ],
    /from record 1 to 1/,
  ],
  [
    'an epoch that falls',
    [
      { kind: 'noop', sequence: 1, epoch: 2 },
      { kind: 'write', sequence: 2 },
    ],
    /falls from epoch 2 to 0/,
  ],
  ['a partition that is not here', [{ kind: 'write', sequence: 1, partition: 5 }], /partition 5/],
];
for (const [what, lines, message] of broken) {
  test(`${what} in the log is corruption`, async () => {
    await makeEmpty();
    await appendToLog(lines);
    const opening = openIn(place);
    await expect(opening).rejects.toMatchObject({ code: 'CORRUPTION', data: { file: join(DIRECTORY, 'log') } });
    await expect(opening).rejects.toThrow(message);
  });
}

test('a truncation below what is in tables is corruption', async () => {
  const database = await openIn(place);
  await database.put(bytes('k'), bytes('v'));
  await database.flush();
  await database.close();
  await appendToLog([{ kind: 'truncate', sequence: 0, epoch: 1 }]);
  await expect(openIn(place)).rejects.toMatchObject({ code: 'CORRUPTION' });
});

test('a log of many memtables is recovered within their bounds, and then let go', async () => {
  const large = await openIn(place, { memtableBytesMax: 8 << 20 });
  for (let i = 0; i < 500; i++) await large.put(bytes(`k${i}`), bytes(`v${i}`), { durability: 'os' });
  await large.close();
  const database = await openIn(place, { ...tinyOptions, sealedMemtablesMax: 2 });
  expect(database.stats().tree.memtable.sealedCount).toBeLessThanOrEqual(2);
  for (let i = 0; i < 500; i++) expect(text(database.getSync(bytes(`k${i}`)))).toBe(`v${i}`);
  await database.flush();
  await expect.poll(() => database.stats().log.segmentCount).toBe(1);
  await database.close();
});
