import { isCoreCacheError } from '../../base/errors.js';
import type { FileSystem } from '../../env/file-system.js';
import { BlockCache } from '../cache/block-cache.js';
import { TableCache } from '../cache/table-cache.js';
import { ConcatenatingCursor } from '../iterator/concatenating-cursor.js';
import type { Cursor } from '../iterator/cursor.js';
import { MergingCursor } from '../iterator/merging-cursor.js';
import { memtableImageCursor } from '../memtable/memtable-image.js';
import { ValueOutputs } from '../value-file/value-outputs.js';
import { EntryPass } from './entry-pass.js';
import type { JobRequest, JobResult, JobSource } from './job.js';
import { Retention } from './retention.js';
import { TableOutputs } from './table-outputs.js';

/**
 * A job reads each block once, and what its cursors stand on stays whatever the size: the sooner a block goes, the younger
 * it dies.
 */
const JOB_CACHE_BYTES = 1024 * 1024;
const JOB_OPEN_TABLES_MAX = 64;

/**
 * A flush or a compaction: one pass over its inputs in key order, writing what `Retention` keeps.
 *
 * **Bounded memory.** Inputs are read through cursors, one open table a run; outputs are written block by block. Neither
 * a table nor a level is ever held as a whole.
 *
 * **Stepping.** It is a generator of short slices of synchronous work; each `yield` gives the bytes written so far. Whoever
 * drives it (a worker thread that never lets go of the thread, or the event loop between other work) decides when the
 * next slice runs, how fast, and whether at all: ending the generator early removes what was written. So there is one
 * implementation of the merge, and a test can cut it off at any slice.
 *
 * **Nothing is changed.** Inputs are only read and outputs are files that no version names. The job may fail, be cut off or
 * lose power at any point, and the tree is what it was. What takes effect is the edit that the tree commits afterwards.
 *
 * **Large values** go into value files before their entries go into a table, and are whole before the last table is.
 *
 * **Versions of a key stay together**: outputs are cut between keys only, so tables of a level never share a key, and a
 * point read looks into one table of a level.
 *
 * @throws CoreCacheError `CORRUPTION` with the file, `DISK_FULL`, `IO`; what was written has been removed
 */
export function* compactionJob(fileSystem: FileSystem, request: JobRequest): Generator<number, JobResult, void> {
  const tables = new TableCache({
    fileSystem,
    blockCache: new BlockCache(JOB_CACHE_BYTES),
    openTablesMax: JOB_OPEN_TABLES_MAX,
  });
  const outputs = new TableOutputs(fileSystem, request);
  const values = new ValueOutputs(fileSystem, request);
  const source = openSource(request.source, tables, request.directory);
  let isDone = false;
  try {
    const retention = new Retention(request.snapshots, request.nowMs, request.older);
    source.seekToFirst();
    const pass = new EntryPass(source, retention, outputs, values);
    while (pass.slice()) yield outputs.bytesWritten + values.bytesWritten;
    const valueFiles = values.finish();
    const finished = outputs.finish();
    isDone = true;
    return {
      outputs: finished,
      valueFiles,
      unreadableValueFiles: values.unreadable,
      entriesRead: pass.entriesRead,
      entriesDropped: pass.entriesDropped,
      bytesRead: sourceBytes(request.source) + values.bytesRead,
      bytesWritten: outputs.bytesWritten + values.bytesWritten,
    };
  } finally {
    source.close();
    tables.close();
    values.close();
    if (!isDone) for (const output of [outputs, values]) abandon(output);
  }
}

/** What cannot be removed is swept when the tree is opened the next time. Why the job was given up is what has to be told. */
function abandon(output: { abandon(): void }): void {
  try {
    output.abandon();
  } catch (error) {
    if (!isCoreCacheError(error)) throw error;
  }
}

function openSource(source: JobSource, tables: TableCache, directory: string): Cursor {
  if (source.kind === 'memtable') return memtableImageCursor(source.image);
  const runs = source.runs.map(
    (run) =>
      new ConcatenatingCursor(
        run.map(({ fileNumber, firstKey, lastKey }) => ({
          firstKey,
          lastKey,
          cursor: () => tables.handle(directory, fileNumber).cursor(),
        })),
      ),
  );
  return new MergingCursor(runs);
}

function sourceBytes(source: JobSource): number {
  if (source.kind === 'memtable') return source.image.usedBytes;
  let bytes = 0;
  for (const run of source.runs) for (const table of run) bytes += table.dataBytes;
  return bytes;
}
