import { expect, test } from 'vitest';
import { toFileNumber } from '../../../src/base/numbers.js';
import { keepNone } from '../../../src/env/simulated/crash-choice.js';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { Entry, Operation, takeValue, ValuePlace } from '../../../src/lsm/entry.js';
import { ValueFiles } from '../../../src/lsm/value-file/value-files.js';
import { ValueOutputs, type ValueRequest } from '../../../src/lsm/value-file/value-outputs.js';
import { referenceOf } from '../../../src/lsm/value-file/value-reference.js';

const KIB = 1024;

async function emptyTree(): Promise<CrashableFileSystem> {
  const fileSystem = new CrashableFileSystem();
  await fileSystem.makeDirectory('/tree');
  await fileSystem.syncDirectory('/');
  return fileSystem;
}

/** Values of 100 bytes and more go into files of about 1000 bytes, from number 20. */
function outputsIn(fileSystem: CrashableFileSystem, request: Partial<ValueRequest> = {}): ValueOutputs {
  return new ValueOutputs(fileSystem, {
    directory: '/tree',
    options: { separatedValueBytesMin: 100, tableBytesMax: 1000 },
    clearedValueFiles: [],
    firstValueFileNumber: toFileNumber(20),
    valueFileNumberCount: 3,
    ...request,
  });
}

function entryOf(sequence: number, valueBytes: number): Entry {
  const entry = new Entry();
  entry.keyBytes = Buffer.from(`key ${sequence}`);
  entry.keyEnd = entry.keyBytes.length;
  entry.sequence = sequence;
  entry.valueBytes = Buffer.alloc(valueBytes, sequence);
  entry.valueEnd = valueBytes;
  return entry;
}

/** Places values of these lengths, with sequences from 1. */
function placed(outputs: ValueOutputs, ...lengths: readonly number[]): Entry[] {
  return lengths.map((length, i) => {
    const entry = entryOf(i + 1, length);
    outputs.place(entry);
    return entry;
  });
}

function expectWhole(fileSystem: CrashableFileSystem, entries: readonly Entry[], lengths: readonly number[]): void {
  const values = new ValueFiles(fileSystem, '/tree');
  for (const [i, entry] of entries.entries()) {
    if (entry.valuePlace === ValuePlace.separate) values.loadSync(entry);
    const expected = Buffer.alloc(lengths[i]!, entry.sequence);
    expect(Buffer.compare(takeValue(entry), expected), `value of ${lengths[i]} bytes`).toBe(0);
  }
  values.close();
}

test('a value is separated from the length on that the options say', async () => {
  const outputs = outputsIn(await emptyTree());
  const entries = placed(outputs, 99, 100);
  expect(entries.map(({ valuePlace }) => valuePlace)).toEqual([ValuePlace.inline, ValuePlace.separate]);
  outputs.finish();
});

test('values of all lengths, in any order, come back whole', async () => {
  const fileSystem = await emptyTree();
  const options = { separatedValueBytesMin: 100, tableBytesMax: 100_000_000 };
  const lengths = [100, 300 * KIB, 200, 32 * KIB, 32 * KIB - 1, 256 * KIB, 5000, 255 * KIB, 31 * KIB, 40 * KIB, 100];
  // Enough, one after the other, to be written in several pieces.
  lengths.push(...Array.from({ length: 20 }, (_, i) => 30 * KIB + i));
  const outputs = outputsIn(fileSystem, { options });
  const entries = placed(outputs, ...lengths);
  expect(outputs.finish()).toHaveLength(1);
  expectWhole(fileSystem, entries, lengths);
});

test('a full file is followed by the next, and the last takes the rest', async () => {
  const fileSystem = await emptyTree();
  const outputs = outputsIn(fileSystem);
  const lengths = Array.from({ length: 20 }, () => 500);
  const entries = placed(outputs, ...lengths);
  const summaries = outputs.finish();
  expect(summaries.map(({ fileNumber, valueCount }) => [fileNumber, valueCount])).toEqual([
    [20, 2],
    [21, 2],
    [22, 16],
  ]);
  for (const { fileNumber, bytes } of summaries) {
    expect(await fileSystem.sizeOf(`/tree/0000${fileNumber}.values`)).toBe(bytes);
  }
  expectWhole(fileSystem, entries, lengths);
});

test('values of a file that is cleared go into a new one, those of others stay', async () => {
  const fileSystem = await emptyTree();
  const first = outputsIn(fileSystem);
  const lengths = [500, 500, 500];
  const entries = placed(first, ...lengths);
  first.finish();
  const clearing = { clearedValueFiles: [toFileNumber(20)], firstValueFileNumber: toFileNumber(30) };
  const second = outputsIn(fileSystem, clearing);
  for (const entry of entries) second.place(entry);
  expect(entries.map((entry) => referenceOf(entry).fileNumber)).toEqual([30, 30, 21]);
  second.finish();
  second.close();
  expectWhole(fileSystem, entries, lengths);
});

test('a value that is small by the options of today goes back into its table when its file is cleared', async () => {
  const fileSystem = await emptyTree();
  const first = outputsIn(fileSystem);
  const entries = placed(first, 500);
  first.finish();
  const options = { separatedValueBytesMin: 501, tableBytesMax: 1000 };
  const second = outputsIn(fileSystem, { options, clearedValueFiles: [toFileNumber(20)] });
  second.place(entries[0]!);
  expect(entries[0]!.valuePlace).toBe(ValuePlace.inline);
  expect(second.finish()).toEqual([]);
  second.close();
  expectWhole(fileSystem, entries, [500]);
});

test('a value that cannot be read is left where it is, and its file is named', async () => {
  const fileSystem = await emptyTree();
  const first = outputsIn(fileSystem);
  const entries = placed(first, 300, 300);
  first.finish();
  const path = '/tree/000020.values';
  const content = Uint8Array.from(await fileSystem.readFile(path));
  content[content.length - 1]! ^= 1;
  fileSystem.removeSync(path);
  const file = fileSystem.openWriterSync(path, 'create');
  file.writeSync([content]);
  file.closeSync();
  const clearing = { clearedValueFiles: [toFileNumber(20)], firstValueFileNumber: toFileNumber(30) };
  const second = outputsIn(fileSystem, clearing);
  for (const entry of entries) second.place(entry);
  expect(entries.map((entry) => referenceOf(entry).fileNumber)).toEqual([30, 20]);
  expect(second.unreadable).toEqual([20]);
  second.abandon();
  second.close();
});

test('a delete has no value to place', async () => {
  const outputs = outputsIn(await emptyTree());
  const entry = Object.assign(entryOf(1, 0), { operation: Operation.delete });
  outputs.place(entry);
  expect([entry.valuePlace, outputs.finish()]).toEqual([ValuePlace.inline, []]);
});

test('what is abandoned leaves no file, whether it was finished or not', async () => {
  const fileSystem = await emptyTree();
  const outputs = outputsIn(fileSystem);
  placed(outputs, 600, 600, 600);
  expect(await fileSystem.list('/tree')).toHaveLength(2);
  outputs.abandon();
  expect(await fileSystem.list('/tree')).toEqual([]);
});

test('what is finished survives a power cut', async () => {
  const fileSystem = await emptyTree();
  const outputs = outputsIn(fileSystem);
  const lengths = [600, 40 * KIB, 600];
  const entries = placed(outputs, ...lengths);
  outputs.finish();
  expectWhole(fileSystem.crash(keepNone), entries, lengths);
});
