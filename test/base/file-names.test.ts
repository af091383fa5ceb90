import { describe, expect, it } from 'vitest';
import {
  dataFile,
  indexFile,
  manifestFile,
  parseFileName,
  partitionDirectory,
  segmentFile,
  temporaryFile,
} from '../../src/base/file-names.js';
import { toFileNumber, toPartitionId } from '../../src/base/numbers.js';

describe('file names', () => {
  it.each([1, 999999, 1234567, 9999999999999])('number %d reads back from every kind of name', (value) => {
    const number = toFileNumber(value);
    expect(parseFileName(dataFile(number))).toEqual({ kind: 'data', number });
    expect(parseFileName(indexFile(number))).toEqual({ kind: 'index', number });
    expect(parseFileName(manifestFile(number))).toEqual({ kind: 'manifest', number });
    expect(parseFileName(segmentFile(number))).toEqual({ kind: 'segment', number });
  });

  it('a temporary name says what it will become', () => {
    expect(parseFileName(temporaryFile(dataFile(toFileNumber(7))))).toEqual({ kind: 'temporary', of: '000007.data' });
  });

  it('partitions have a directory each', () => {
    expect(parseFileName(partitionDirectory(toPartitionId(12)))).toEqual({ kind: 'partition', partition: 12 });
  });

  it.each(['', 'notes.txt', '12.data', '000001.sst', 'MANIFEST', 'lost+found', '.DS_Store'])(
    '%j is not a name of ours',
    (name) => {
      expect(parseFileName(name)).toBeUndefined();
    },
  );
});
