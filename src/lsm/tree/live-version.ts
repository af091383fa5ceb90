import { join } from 'node:path';
import { assert } from '../../base/assert.js';
import { compareBytes } from '../../base/bytes.js';
import { messageOf } from '../../base/errors.js';
import { dataFile, indexFile, valueFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem } from '../../env/file-system.js';
import type { Logger } from '../../env/logger.js';
import type { RowCache } from '../cache/row-cache.js';
import type { TableCache } from '../cache/table-cache.js';
import type { TableHandle } from '../cache/table-handle.js';
import type { RunMember } from '../iterator/concatenating-cursor.js';
import type { Cursor } from '../iterator/cursor.js';
import type { KeyRange } from '../iterator/key-range.js';
import type { Walk } from '../iterator/walk.js';
import type { Version } from '../manifest/version.js';
import type { TableSummary } from '../sstable/table-summary.js';
import type { ValueFiles, ValueSource } from '../value-file/value-files.js';
import { RunSearch } from './run-search.js';

/** A table that some live version has. */
export class LiveTable implements RunMember {
  readonly summary: TableSummary;
  readonly firstKey: Uint8Array;
  readonly lastKey: Uint8Array;
  readonly handle: TableHandle;
  /** Live versions that have it. */
  versionCount = 0;

  constructor(summary: TableSummary, handle: TableHandle) {
    this.summary = summary;
    this.firstKey = summary.firstKey;
    this.lastKey = summary.lastKey;
    this.handle = handle;
  }

  cursor(walk?: Walk): Cursor {
    return this.handle.cursor(walk);
  }

  /** As `RunSearch`, for a table that is a run of its own. */
  tableFor(key: Uint8Array): LiveTable | undefined {
    return this.mayHold(key) ? this : undefined;
  }

  mayHold(key: Uint8Array): boolean {
    return compareBytes(this.firstKey, key) <= 0 && compareBytes(this.lastKey, key) >= 0;
  }
}

/** A value file that some live version has. */
export interface LiveValueFile {
  readonly fileNumber: FileNumber;
  /** Live versions that have it. */
  versionCount: number;
}

/**
 * A version that can be read: its tables with their handles. Counted by those who read it over more than one turn of
 * the event loop (loads, iterators, compactions, checkpoints) and once by the tree while it is the present one.
 */
export class LiveVersion {
  readonly version: Version;
  /** Its tables hold nothing above. */
  readonly flushedSequence: number;
  /** Newest first; they may overlap. */
  readonly level0: readonly LiveTable[];
  /** The other levels that hold anything, from the top: each in key order without overlap. */
  readonly runs: readonly (readonly LiveTable[])[];
  /** For each run. */
  readonly searches: readonly RunSearch<LiveTable>[];
  /** All that any of its tables refers to. */
  readonly valueFiles: readonly LiveValueFile[];
  /** Where its values come from that are not in its tables. */
  readonly values: ValueSource;
  /** Copies of what its tables hold, with those of other versions. */
  readonly rows: RowCache;
  readonly #onUnused: (live: LiveVersion) => void;
  #references = 1;

  constructor(
    version: Version,
    levels: readonly (readonly LiveTable[])[],
    { valueFiles, values, rows }: Pick<LiveVersion, 'valueFiles' | 'values' | 'rows'>,
    onUnused: (live: LiveVersion) => void,
  ) {
    this.version = version;
    this.flushedSequence = version.flushedSequence;
    this.rows = rows;
    this.valueFiles = valueFiles;
    this.values = values;
    this.level0 = levels[0]!;
    this.runs = levels.slice(1).filter((tables) => tables.length > 0);
    this.searches = this.runs.map((run) => new RunSearch(run));
    this.#onUnused = onUnused;
  }

  tables(): LiveTable[] {
    return [...this.level0, ...this.runs.flat()];
  }

  retain(): this {
    assert(this.#references > 0, 'a version in use is retained');
    this.#references++;
    return this;
  }

  release(): void {
    assert(this.#references > 0, 'a version is released as often as it was retained');
    this.#references--;
    if (this.#references === 0) this.#onUnused(this);
  }
}

/** Where live versions have what they show. */
export interface LiveSources {
  readonly tableCache: TableCache;
  readonly values: ValueFiles;
  readonly rows: RowCache;
}

/**
 * All versions that somebody reads. A table, or a value file, is removed when the last version that has it is unused;
 * by then the edit that dropped it is synced, for only that made a version without it.
 */
export class LiveVersions {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #tableCache: TableCache;
  readonly #logger: Logger;
  readonly #values: ValueFiles;
  readonly #rows: RowCache;
  readonly #tables = new Map<number, LiveTable>();
  readonly #valueFiles = new Map<FileNumber, LiveValueFile>();
  #count = 0;
  #isClosed = false;
  #removals: Promise<void> = Promise.resolve();

  constructor(fileSystem: FileSystem, directory: string, { tableCache, values, rows }: LiveSources, logger: Logger) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#tableCache = tableCache;
    this.#values = values;
    this.#rows = rows;
    this.#logger = logger;
  }

  /** Versions in use. */
  get count(): number {
    return this.#count;
  }

  /** The version with one reference, the caller's. */
  install(version: Version): LiveVersion {
    const levels = version.levels.map((tables) => tables.map((summary) => this.#tableOf(summary)));
    for (const tables of levels) for (const table of tables) table.versionCount++;
    const valueFiles = version.valueFiles.map(({ fileNumber }) => this.#valueFileOf(fileNumber));
    for (const file of valueFiles) file.versionCount++;
    this.#count++;
    const sources = { valueFiles, values: this.#values, rows: this.#rows };
    return new LiveVersion(version, levels, sources, (live) => this.#unused(live));
  }

  /** From now on no file is removed: those of the present version have no reader, and are needed all the same. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#removals;
  }

  #tableOf(summary: TableSummary): LiveTable {
    let table = this.#tables.get(summary.fileNumber);
    if (table === undefined) {
      table = new LiveTable(summary, this.#tableCache.handle(this.#directory, summary.fileNumber));
      this.#tables.set(summary.fileNumber, table);
    }
    return table;
  }

  #valueFileOf(fileNumber: FileNumber): LiveValueFile {
    let file = this.#valueFiles.get(fileNumber);
    if (file === undefined) {
      file = { fileNumber, versionCount: 0 };
      this.#valueFiles.set(fileNumber, file);
    }
    return file;
  }

  #unused(live: LiveVersion): void {
    this.#count--;
    for (const table of live.tables()) {
      table.versionCount--;
      if (table.versionCount > 0 || this.#isClosed) continue;
      this.#tables.delete(table.summary.fileNumber);
      table.handle.retire();
      const { fileNumber } = table.summary;
      this.#remove(dataFile(fileNumber), indexFile(fileNumber));
    }
    for (const file of live.valueFiles) {
      file.versionCount--;
      if (file.versionCount > 0 || this.#isClosed) continue;
      this.#valueFiles.delete(file.fileNumber);
      this.#values.retire(file.fileNumber);
      this.#remove(valueFile(file.fileNumber));
    }
  }

  /** What cannot be removed now is swept when the tree is opened the next time. */
  #remove(...names: readonly string[]): void {
    this.#removals = this.#removals.then(async () => {
      for (const name of names) {
        try {
          await this.#fileSystem.remove(join(this.#directory, name));
        } catch (error) {
          this.#logger.warn('an obsolete file was not removed', { file: name, reason: messageOf(error) });
        }
      }
    });
  }
}

/** The tables of a run that share keys with a range. */
export function tablesInRange(run: readonly LiveTable[], { start, end }: KeyRange): readonly LiveTable[] {
  const from = start === undefined ? 0 : firstEndingAtOrAfter(run, start);
  let to = run.length;
  if (end !== undefined) {
    to = firstEndingAtOrAfter(run, end);
    if (to < run.length && compareBytes(run[to]!.firstKey, end) < 0) to++;
  }
  return run.slice(from, to);
}

function firstEndingAtOrAfter(run: readonly LiveTable[], key: Uint8Array): number {
  let low = 0;
  let high = run.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(run[middle]!.lastKey, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
