import { expect, test } from 'vitest';
import { toFileNumber } from '../../../src/base/numbers.js';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { Entry, ValuePlace } from '../../../src/lsm/entry.js';
import { ValueFileWriter } from '../../../src/lsm/value-file/value-file-writer.js';
import { ValueFiles } from '../../../src/lsm/value-file/value-files.js';
import { walkValueFile } from '../../../src/lsm/value-file/walk-value-file.js';
import { REFERENCE_BYTES_MAX, writeReference } from '../../../src/lsm/value-file/value-reference.js';

const NUMBER = toFileNumber(9);
const PATH = '/tree/000009.values';

function entryOf(key: string, sequence: number, value: string): Entry {
  const entry = new Entry();
  entry.keyBytes = Buffer.from(key);
  entry.keyEnd = entry.keyBytes.length;
  entry.sequence = sequence;
  entry.valueBytes = Buffer.from(value);
  entry.valueEnd = entry.valueBytes.length;
  return entry;
}

/** Writes two values; returns entries that refer to them. */
async function twoValues(): Promise<{ fileSystem: CrashableFileSystem; entries: Entry[] }> {
  const fileSystem = new CrashableFileSystem();
  await fileSystem.makeDirectory('/tree');
  const writer = new ValueFileWriter(fileSystem, '/tree', NUMBER);
  const entries = [entryOf('apple', 11, 'red'), entryOf('pear', 300, 'green')];
  for (const entry of entries) {
    const reference = writer.add(entry);
    entry.valueBytes = new Uint8Array(REFERENCE_BYTES_MAX);
    entry.valueEnd = writeReference(entry.valueBytes, 0, reference);
    entry.valuePlace = ValuePlace.separate;
  }
  writer.finish();
  return { fileSystem, entries };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

test('the bytes are those of the format', async () => {
  const { fileSystem, entries } = await twoValues();
  const header = '434356414c55455301000000d9652499090000000000000042c46d7a';
  const apple = 'd6eb61db050b036170706c65726564';
  const pear = 'aa26c08e04ac020570656172677265656e';
  expect(hexOf(await fileSystem.readFile(PATH))).toBe(header + apple + pear);
  expect(hexOf(entries[1]!.valueBytes.subarray(0, entries[1]!.valueEnd))).toBe('092b11');
});

test('a value is read into memory of its own, on this thread and off it', async () => {
  const { fileSystem, entries } = await twoValues();
  const values = new ValueFiles(fileSystem, '/tree');
  const [loaded, loadedSync] = [new Entry(), new Entry()].map((entry) => Object.assign(entry, entries[1])) as [
    Entry,
    Entry,
  ];
  await values.load(loaded);
  values.loadSync(loadedSync);
  for (const { valueBytes, valueStart, valueEnd, valuePlace } of [loaded, loadedSync]) {
    expect(Buffer.from(valueBytes.subarray(valueStart, valueEnd)).toString()).toBe('green');
    expect(valuePlace).toBe(ValuePlace.own);
  }
  values.close();
});

test('a value of another write is damage, whole as it is', async () => {
  const { fileSystem, entries } = await twoValues();
  const values = new ValueFiles(fileSystem, '/tree');
  for (const [wrongKey, wrongSequence] of [
    ['peer', 300],
    ['pear', 301],
  ] as const) {
    const entry = Object.assign(new Entry(), entries[1], { sequence: wrongSequence, keyBytes: Buffer.from(wrongKey) });
    expect(() => values.loadSync(entry)).toThrow(/of another write/);
  }
  values.close();
});

test('any bit flipped is told with the file', async () => {
  const { fileSystem, entries } = await twoValues();
  const content = await fileSystem.readFile(PATH);
  for (let at = 0; at < content.length; at++) {
    const damaged = Uint8Array.from(content);
    damaged[at] = damaged[at]! ^ 1;
    fileSystem.removeSync(PATH);
    const file = fileSystem.openWriterSync(PATH, 'create');
    file.writeSync([damaged]);
    file.closeSync();
    const values = new ValueFiles(fileSystem, '/tree');
    const read = async (): Promise<void> => {
      for (const entry of entries) await values.load(Object.assign(new Entry(), entry));
    };
    await expect(read(), `byte ${at}`).rejects.toMatchObject({ data: { file: PATH } });
    values.close();
  }
});

test('a file can be gone through without the tables', async () => {
  const { fileSystem } = await twoValues();
  const found: string[] = [];
  for await (const { key, sequence, position } of walkValueFile(fileSystem, PATH, NUMBER)) {
    found.push(`${Buffer.from(key).toString()} ${sequence} at ${position}`);
  }
  expect(found).toEqual(['apple 11 at 28', 'pear 300 at 43']);
});
