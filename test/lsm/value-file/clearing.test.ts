import { expect, test } from 'vitest';
import { toFileNumber } from '../../../src/base/numbers.js';
import { choose } from '../../../src/lsm/compaction/choose.js';
import { Version } from '../../../src/lsm/manifest/version.js';
import type { TableSummary } from '../../../src/lsm/sstable/table-summary.js';
import { defaultTreeOptions } from '../../../src/lsm/tree-options.js';
import { excessGarbageBytes, filesToClear, valueGarbageBytes } from '../../../src/lsm/value-file/clearing.js';
import { VALUE_HEADER_BYTES } from '../../../src/lsm/value-file/value-format.js';

const NONE: ReadonlySet<number> = new Set();
const moment = { nowMs: 0, oldestSnapshot: Infinity, excluded: NONE, isQuiet: false };

/** Value files of 1000 bytes, and tables in a level with what each refers to of them. */
function versionOf(files: readonly number[], tables: readonly TableUse[]): Version {
  return Version.empty.apply({
    removed: [],
    added: tables.map(({ level, number, uses }) => ({ level, table: tableOf(number, uses) })),
    valueFiles: files.map((number) => ({
      fileNumber: toFileNumber(number),
      bytes: 1000 + VALUE_HEADER_BYTES,
      valueCount: 10,
    })),
  });
}

interface TableUse {
  readonly level: number;
  readonly number: number;
  readonly uses: Readonly<Record<number, number>>;
}

function tableOf(number: number, uses: Readonly<Record<number, number>>): TableSummary {
  return {
    fileNumber: toFileNumber(number),
    dataBytes: 100,
    indexBytes: 1,
    entryCount: 10,
    tombstoneCount: 0,
    rawBytes: 100,
    firstKey: Buffer.from(`k${number}`),
    lastKey: Buffer.from(`k${number}`),
    minSequence: number * 10,
    maxSequence: number * 10 + 9,
    oldestExpiryMs: 0,
    valueUses: Object.entries(uses).map(([file, bytes]) => ({
      fileNumber: toFileNumber(Number(file)),
      bytes,
      valueCount: 1,
    })),
  };
}

test('a value file that no table refers to is no part of the version', () => {
  const before = versionOf(
    [1, 2],
    [
      { level: 6, number: 3, uses: { 1: 1000 } },
      { level: 6, number: 4, uses: { 2: 1000 } },
    ],
  );
  expect(before.valueFiles.map(({ fileNumber }) => fileNumber)).toEqual([1, 2]);
  const after = before.apply({ removed: [{ level: 6, fileNumber: toFileNumber(3) }], added: [] });
  expect(after.valueFiles.map(({ fileNumber }) => fileNumber)).toEqual([2]);
});

test('a table that refers to a value file which is not there makes no version', () => {
  expect(() => versionOf([1], [{ level: 6, number: 3, uses: { 2: 10 } }])).toThrow(/value file 2, which is not there/);
});

test('tables that refer to more than a value file holds make no version', () => {
  const uses = { 1: 600 };
  expect(() =>
    versionOf(
      [1],
      [3, 4].map((number) => ({ level: 6, number, uses })),
    ),
  ).toThrow(/holds less/);
});

test('nothing is cleared while little is garbage', () => {
  const version = versionOf([1, 2], [{ level: 6, number: 3, uses: { 1: 900, 2: 820 } }]);
  expect(valueGarbageBytes(version)).toBe(280);
  expect(excessGarbageBytes(version)).toBe(0);
  expect(filesToClear(version, NONE)).toEqual([]);
});

test('the files with the most garbage are cleared first, an eighth of all at a time', () => {
  const files = Array.from({ length: 16 }, (_, i) => i + 1);
  const uses = Object.fromEntries(files.map((number) => [number, number === 5 ? 100 : number === 9 ? 200 : 750]));
  const version = versionOf(files, [{ level: 6, number: 100, uses }]);
  expect(filesToClear(version, NONE)).toEqual([5, 9]);
});

test('a file that could not be read is left alone', () => {
  const version = versionOf([1, 2], [{ level: 6, number: 3, uses: { 1: 100, 2: 500 } }]);
  expect(filesToClear(version, NONE)).toEqual([1]);
  expect(filesToClear(version, new Set([1]))).toEqual([2]);
});

test('the table that refers to most of what is cleared is written anew where it is', () => {
  const version = versionOf(
    [1, 2],
    [
      { level: 5, number: 3, uses: { 1: 100, 2: 900 } },
      { level: 6, number: 4, uses: { 1: 200 } },
      { level: 0, number: 5, uses: { 1: 250 } },
    ],
  );
  const choice = choose(version, defaultTreeOptions, moment)!;
  expect(choice).toMatchObject({ reason: 'values', kind: 'merge', inputLevel: 6, outputLevel: 6, overlaps: [] });
  expect(choice.inputs.map(({ fileNumber }) => fileNumber)).toEqual([4]);
});

test('tables of level 0 go down when only they refer to what is cleared', () => {
  const version = versionOf([1], [{ level: 0, number: 5, uses: { 1: 100 } }]);
  expect(choose(version, defaultTreeOptions, moment)).toMatchObject({ reason: 'values', inputLevel: 0 });
});
