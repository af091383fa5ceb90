import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../src/env/simulated/faulty-file-system.js';
import { SegmentScan } from '../../src/log/segment-scan.js';
import { bytes, DIRECTORY, memoryPlace, openIn, tinyOptions } from './memory-database.js';

test('verify reads log, manifest and tables, and finds nothing wrong in a sound database', async () => {
  const database = await openIn(memoryPlace(), tinyOptions);
  for (let i = 0; i < 100; i++) await database.put(bytes(`k${i}`), bytes('v'));
  await database.flush();
  await database.put(bytes('in the log'), bytes('v'));
  const report = await database.verify();
  expect(report).toMatchObject({ problems: [], entriesChecked: 100 });
  expect(report.recordsChecked).toBeGreaterThan(0);
  expect(report.filesChecked).toBeGreaterThan(3);
  await database.close();
});

test('verify beside writes, flushes and compactions finds nothing wrong', async () => {
  const database = await openIn(memoryPlace(), { ...tinyOptions, durability: 'os' });
  let isDone = false;
  const write = async (): Promise<void> => {
    for (let i = 0; i < 1000; i++) await database.put(bytes(`k${i % 70}`), bytes(`v${i}`));
    await database.compact();
    isDone = true;
  };
  const verify = async (): Promise<void> => {
    while (!isDone) {
      expect((await database.verify()).problems).toEqual([]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all([write(), verify()]);
  await database.close();
});

test('verify names file and offset of damage that came while the database is open', async () => {
  const fileSystem = new FaultyFileSystem(new CrashableFileSystem());
  const database = await openIn(memoryPlace(fileSystem), tinyOptions);
  for (let i = 0; i < 100; i++) await database.put(bytes(`k${i}`), bytes('v'));
  await database.flush();
  for (let i = 0; i < 10; i++) await database.put(bytes(`l${i}`), bytes('v'));
  const segment = join(DIRECTORY, 'log', (await fileSystem.list(join(DIRECTORY, 'log')))[0]!);
  const { start } = new SegmentScan(segment, await fileSystem.readFile(segment));
  fileSystem.inject(Fault.flip({ path: new RegExp(segment) }, start + 34));
  const { problems } = await database.verify();
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ file: segment, offset: start });
  await database.close();
});

test('statistics tell of writes, log, tree and cache', async () => {
  const database = await openIn(memoryPlace(), tinyOptions);
  const snapshot = database.snapshot();
  const scan = database.scan()[Symbol.asyncIterator]();
  const write = database.put(bytes('k'), bytes('v'));
  expect(database.stats().writes).toMatchObject({ inFlight: 1, waiting: 0 });
  await write;
  await database.beginEpoch(2);
  await database.flush();
  expect(database.stats()).toMatchObject({
    epoch: 2,
    lastSequence: 2,
    appendedSequence: 2,
    writes: { inFlight: 0, inFlightBytes: 0, waiting: 0, inFlightWaits: 0 },
    openScans: 1,
    openSnapshots: 1,
    failure: undefined,
    log: { recordCount: 2, segmentCount: 1 },
    tree: { flushedSequence: 2, tableCount: 1 },
    cache: { bytesMax: 64 * 1024 * 1024 },
  });
  snapshot.release();
  await scan.return();
  await database.close();
});
