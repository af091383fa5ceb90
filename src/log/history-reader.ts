import { CoreCacheError, corruption, isCoreCacheError } from '../base/errors.js';
import type { PartitionId, Sequence } from '../base/numbers.js';
import type { FileSystem } from '../env/file-system.js';
import { LogRecordKind, type LogRecord } from './log-record.js';
import type { LogHold, RetainedSegment, Retention } from './retention.js';
import { SegmentScan } from './segment-scan.js';

/** See `CommitLog.read`. Holds the segments it has not come to yet. */
export async function* readHistory(
  fileSystem: FileSystem,
  retention: Retention,
  partition: PartitionId,
  afterSequence: Sequence,
): AsyncGenerator<LogRecord> {
  const hold = retention.hold(partition, afterSequence);
  try {
    let last: number = afterSequence;
    for (const segment of [...retention.segments]) {
      if (!segment.contents.reachesPast(partition, last)) continue;
      // As of now: the last segment may grow while it is read, and then the bytes end within a later group.
      const end = segment.bytes;
      const scan = await readWritten(fileSystem, segment, hold, partition, last);
      let ordinal = 0;
      for (const group of scan.groups(scan.start, end)) {
        for (const record of scan.records(group)) {
          const following = ++ordinal;
          if (record.partition !== partition || record.kind === LogRecordKind.truncate) continue;
          if (record.sequence <= last || isTruncated(retention, segment, following, record)) continue;
          if (record.sequence !== last + 1) throw historyIsGone(partition, last);
          last = record.sequence;
          yield record;
        }
      }
      if (scan.problem !== undefined) throw corruption(segment.path, scan.problem.offset, scan.problem.what);
      hold.advance(last as Sequence);
    }
  } finally {
    hold.release();
  }
}

/** What has been written of a segment; the last one may be growing while it is read. */
async function readWritten(
  fileSystem: FileSystem,
  segment: RetainedSegment,
  hold: LogHold,
  partition: PartitionId,
  last: number,
): Promise<SegmentScan> {
  try {
    return new SegmentScan(segment.path, await fileSystem.readFile(segment.path));
  } catch (error) {
    if (hold.isBroken && isCoreCacheError(error, 'IO')) throw historyIsGone(partition, last, error);
    throw error;
  }
}

/** True when a truncation at or after `ordinal` of the segment, or in a later one, voids the record. */
function isTruncated(retention: Retention, segment: RetainedSegment, ordinal: number, record: LogRecord): boolean {
  const { segments } = retention;
  for (let index = segments.indexOf(segment); index < segments.length; index++) {
    const from = segments[index] === segment ? ordinal : 0;
    const lastKept = segments[index]!.contents.truncatedTo(record.partition, from);
    if (lastKept !== undefined && lastKept < record.sequence) return true;
  }
  return false;
}

function historyIsGone(partition: PartitionId, sequence: number, cause?: unknown): CoreCacheError {
  return new CoreCacheError('NOT_FOUND', `the log no longer holds what follows ${sequence} of partition ${partition}`, {
    data: { partition, sequence },
    cause,
  });
}
