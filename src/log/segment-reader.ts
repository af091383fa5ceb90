import type { FileSystem } from '../env/file-system.js';
import type { LogReach } from './log-reach.js';
import type { LogRecord } from './log-record.js';
import { SegmentScan, type ScanProblem } from './segment-scan.js';
import type { SegmentHeader } from './segment-header.js';

/** What is found in a segment file, in the order of the file. A problem, if there is one, comes last. */
export type SegmentItem =
  | { readonly type: 'header'; readonly header: SegmentHeader; readonly reach: LogReach }
  | {
      readonly type: 'record';
      /** Where the record's group begins. */
      readonly groupOffset: number;
      /** What the group says was synced when it was written. */
      readonly syncedEnd: number;
      readonly record: LogRecord;
    }
  | { readonly type: 'problem'; readonly problem: ScanProblem };

/**
 * Reads a segment for people; changes nothing. What stands behind the previous end that the next segment names is shown
 * too: it takes both files to know that it is void.
 * @throws CoreCacheError `CORRUPTION` or `NEWER_FORMAT` when it does not begin like a segment
 */
export function* readSegment(fileSystem: FileSystem, path: string): Generator<SegmentItem> {
  const scan = new SegmentScan(path, fileSystem.readFileSync(path));
  yield { type: 'header', header: scan.header, reach: scan.reach };
  for (const group of scan.groups()) {
    for (const record of scan.records(group)) {
      yield { type: 'record', groupOffset: group.offset, syncedEnd: group.syncedEnd, record };
    }
  }
  if (scan.problem !== undefined) yield { type: 'problem', problem: scan.problem };
}
