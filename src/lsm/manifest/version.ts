import { AssertionError } from '../../base/assert.js';
import { compareBytes } from '../../base/bytes.js';
import type { TableSummary } from '../sstable/table-summary.js';
import type { ValueFileSummary } from '../value-file/value-file-summary.js';
import { ValueUseCount } from '../value-file/value-use-count.js';
import type { VersionEdit } from './version-edit.js';

/** Level 0 and six below: with a ratio of 10 and a base of 256 MiB, room for petabytes. */
export const LEVEL_COUNT = 7;

/**
 * One immutable state of what is on disk. Level 0 holds flushed memtables, newest first, which may overlap; every other
 * level is one sorted run: tables in key order that share no key.
 *
 * Between levels, the same key is newer in the level with the lower number. Flushes add at the top, compactions take
 * from one level and put into the next that holds anything, so it stays so.
 *
 * A value file is there for as long as a table refers to it. Nobody counts up and down: what is referred to is added up
 * from the tables, so it cannot come to differ from them.
 */
export class Version {
  static readonly empty = new Version(
    Array.from({ length: LEVEL_COUNT }, () => []),
    [],
    0,
    0,
    1,
  );

  readonly levels: readonly (readonly TableSummary[])[];
  /** Those that some table refers to, by rising number. */
  readonly valueFiles: readonly ValueFileSummary[];
  /** What all tables together refer to. */
  readonly valueUses: ValueUseCount;
  /** Everything up to this sequence is in tables. */
  readonly flushedSequence: number;
  /** Epoch of the last record at or below `flushedSequence`. */
  readonly lastEpoch: number;
  /** No file has this number or a higher one, but for what a crash left behind. */
  readonly nextFileNumber: number;

  private constructor(
    levels: readonly (readonly TableSummary[])[],
    valueFiles: readonly ValueFileSummary[],
    flushedSequence: number,
    lastEpoch: number,
    nextFileNumber: number,
  ) {
    this.levels = levels;
    this.valueUses = new ValueUseCount();
    for (const table of levels.flat()) for (const use of table.valueUses ?? []) this.valueUses.add(use);
    this.valueFiles = valueFiles.filter(({ fileNumber }) => this.valueUses.of(fileNumber) !== undefined);
    this.flushedSequence = flushedSequence;
    this.lastEpoch = lastEpoch;
    this.nextFileNumber = nextFileNumber;
  }

  /**
   * The next version.
   * @param fail told what is impossible about the edit; it must throw. Our own edits fail an assertion; those read from
   * disk are reported as damage.
   */
  apply(edit: VersionEdit, fail: (what: string) => never = failAssertion): Version {
    const levels = this.levels.slice();
    const touched = new Set<number>();
    for (const { level, fileNumber } of edit.removed) {
      const before = levels[level] ?? fail(`level ${level} does not exist`);
      levels[level] = before.filter((table) => table.fileNumber !== fileNumber);
      if (levels[level].length !== before.length - 1) fail(`table ${fileNumber} is not in level ${level}`);
      touched.add(level);
    }
    for (const { level, table } of edit.added) {
      const before = levels[level] ?? fail(`level ${level} does not exist`);
      levels[level] = [...before, table];
      touched.add(level);
    }
    for (const level of touched) levels[level] = ordered(level, levels[level]!, fail);
    const next = new Version(
      levels,
      [...this.valueFiles, ...(edit.valueFiles ?? [])].sort((a, b) => a.fileNumber - b.fileNumber),
      edit.flushedSequence ?? this.flushedSequence,
      edit.lastEpoch ?? this.lastEpoch,
      edit.nextFileNumber ?? this.nextFileNumber,
    );
    checkValueFiles(next, fail);
    if (next.flushedSequence < this.flushedSequence) fail('the flushed sequence falls');
    if (next.lastEpoch < this.lastEpoch) fail('the epoch falls');
    if (next.nextFileNumber < this.nextFileNumber) fail('the next file number falls');
    return next;
  }

  /** The edit that makes this version out of the empty one. */
  asEdit(): VersionEdit {
    return {
      flushedSequence: this.flushedSequence,
      lastEpoch: this.lastEpoch,
      nextFileNumber: this.nextFileNumber,
      removed: [],
      valueFiles: this.valueFiles,
      added: this.levels.flatMap((tables, level) => tables.map((table) => ({ level, table }))),
    };
  }

  tables(): TableSummary[] {
    return this.levels.flat();
  }
}

function ordered(level: number, tables: readonly TableSummary[], fail: (what: string) => never): TableSummary[] {
  if (level === 0) {
    const newestFirst = tables.toSorted((a, b) => b.maxSequence - a.maxSequence);
    for (let i = 1; i < newestFirst.length; i++) {
      const [newer, older] = [newestFirst[i - 1]!, newestFirst[i]!];
      if (older.maxSequence >= newer.minSequence) {
        fail(`tables ${older.fileNumber} and ${newer.fileNumber} of level 0 share sequences`);
      }
    }
    return newestFirst;
  }
  const inKeyOrder = tables.toSorted((a, b) => compareBytes(a.firstKey, b.firstKey));
  inKeyOrder.forEach((table, i) => {
    if (compareBytes(table.firstKey, table.lastKey) > 0) fail(`table ${table.fileNumber} ends before it begins`);
    const before = inKeyOrder[i - 1];
    if (before !== undefined && compareBytes(before.lastKey, table.firstKey) >= 0) {
      fail(`tables ${before.fileNumber} and ${table.fileNumber} of level ${level} overlap`);
    }
  });
  return inKeyOrder;
}

/** No table refers to a file that is not there, nor all of them to more of one than it holds. */
function checkValueFiles({ valueFiles, valueUses }: Version, fail: (what: string) => never): void {
  const files = new Map(valueFiles.map((file) => [file.fileNumber, file]));
  if (files.size !== valueFiles.length) fail('a value file is there twice');
  for (const { fileNumber, bytes, valueCount } of valueUses.uses()) {
    const file = files.get(fileNumber) ?? fail(`a table refers to value file ${fileNumber}, which is not there`);
    if (bytes > file.bytes || valueCount > file.valueCount)
      fail(`value file ${fileNumber} holds less than tables refer to`);
  }
}

function failAssertion(what: string): never {
  throw new AssertionError(`version edit: ${what}`);
}
