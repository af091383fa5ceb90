import { join } from 'node:path';
import { crc32 } from '../../base/checksum.js';
import { isCoreCacheError, messageOf } from '../../base/errors.js';
import { parseFileName, segmentFile } from '../../base/file-names.js';
import { toFileNumber, type PartitionId } from '../../base/numbers.js';
import type { FileSystem } from '../../env/file-system.js';
import { GROUP_HEADER_BYTES, GROUP_MARKER, readGroupHeader, type GroupHeader } from '../group-header.js';
import type { LogPosition } from '../log-reach.js';
import type { LogRecord } from '../log-record.js';
import { SegmentScan } from '../segment-scan.js';
import { SalvagedHistory } from './salvaged-history.js';

/** A stretch of the log that cannot be read; the whole file without an offset. */
export interface LogDamage {
  readonly file: string;
  readonly offset: number | undefined;
  /** How long the stretch is; `undefined` when the file is not there. */
  readonly bytes: number | undefined;
  /** How many records stood there, where the header of their group still says so. */
  readonly records: number | undefined;
  readonly what: string;
}

export interface SalvagedLog {
  /** Paths of all segments, in order. */
  readonly files: readonly string[];
  /** Every record that can be read and is in force, by rising sequence. Payloads are views of the segments' bytes. */
  readonly records: readonly LogRecord[];
  /** How far the history had got, by what is there and what its segments say of those before them. */
  readonly reached: LogPosition | undefined;
  /** Of other partitions, which nobody here knows what to do with. */
  readonly foreignRecords: number;
  readonly damages: readonly LogDamage[];
}

/**
 * Reads what can be read of a damaged log; changes nothing.
 *
 * **Behind damage it goes on.** Opening refuses a log with a hole, because the records behind it are no history: a state
 * that the database never had would come of them. Repair has no better state to offer, though, than the one that keeps
 * every acknowledged write that still exists; what is missing is named by its sequences. A group found behind a hole is
 * believed by its checksum, which begins with the segment's random salt, and by the offset that it was written for.
 *
 * **A torn tail is no damage** and is cut as opening cuts it, groups behind the tear included: it had not been synced.
 *
 * **The end of a segment** is where the next one's header says. When that header cannot be read, the segment is read to
 * the end of its file: what a restart had voided there are records whose copies follow, so they change nothing.
 *
 * A segment whose own header is damaged is lost as a whole: without the salt none of its groups can be told from bytes
 * that only look like one.
 *
 * @throws CoreCacheError `NEWER_FORMAT`, or of the file system
 */
export async function salvageLog(
  fileSystem: FileSystem,
  directory: string,
  partition: PartitionId,
): Promise<SalvagedLog> {
  const names = (await fileSystem.exists(directory)) ? await fileSystem.list(directory) : [];
  const numbers = names
    .flatMap((name) => {
      const parsed = parseFileName(name);
      return parsed?.kind === 'segment' ? [parsed.number] : [];
    })
    .sort((a, b) => a - b);
  const damages: LogDamage[] = [];
  const history = new SalvagedHistory(partition);
  if (numbers.length === 0) damages.push(wholeFile(directory, undefined, 'holds no log segment'));
  let before: OpenedSegment | undefined;
  for (const number of numbers) {
    const path = join(directory, segmentFile(number));
    if (before !== undefined) {
      for (let missing = before.number + 1; missing < number; missing++) {
        damages.push(wholeFile(join(directory, segmentFile(toFileNumber(missing))), undefined, 'segment is missing'));
      }
    }
    const segment = await openSegment(fileSystem, path, number, damages);
    if (before !== undefined) salvageSegment(before, segment, false, history, damages);
    before = segment;
  }
  if (before !== undefined) salvageSegment(before, undefined, true, history, damages);
  const files = numbers.map((number) => join(directory, segmentFile(number)));
  const { reached, foreignRecords } = history;
  return { files, records: history.records(), reached, foreignRecords, damages };
}

interface OpenedSegment {
  readonly number: number;
  readonly path: string;
  readonly bytes: Buffer;
  /** `undefined` when its header cannot be read. */
  readonly scan: SegmentScan | undefined;
}

async function openSegment(
  fileSystem: FileSystem,
  path: string,
  number: number,
  damages: LogDamage[],
): Promise<OpenedSegment> {
  const content = await fileSystem.readFile(path);
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  try {
    const scan = new SegmentScan(path, bytes);
    if (scan.header.number === number) return { number, path, bytes, scan };
    damages.push(wholeFile(path, bytes.length, `is segment ${scan.header.number}`));
  } catch (error) {
    if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
    damages.push(wholeFile(path, bytes.length, messageOf(error)));
  }
  return { number, path, bytes, scan: undefined };
}

function salvageSegment(
  { number, path, bytes, scan }: OpenedSegment,
  next: OpenedSegment | undefined,
  isLast: boolean,
  history: SalvagedHistory,
  damages: LogDamage[],
): void {
  if (scan === undefined) return;
  history.begin(scan.reach);
  const inForce = next?.number === number + 1 ? next.scan?.header.previousEnd : undefined;
  const limit = Math.min(inForce ?? bytes.length, bytes.length);
  const lose = (offset: number, end: number, records: number | undefined, what: string): void => {
    damages.push({ file: path, offset, bytes: end - offset, records, what });
  };
  for (let start: number | undefined = scan.start; start !== undefined;) {
    for (const group of scan.groups(start, limit)) {
      try {
        for (const record of [...scan.records(group)]) history.add(record);
      } catch (error) {
        if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
        lose(group.offset, scan.end, group.recordCount, messageOf(error));
      }
    }
    const { problem } = scan;
    scan.problem = undefined;
    if (problem === undefined || (isLast && !problem.wasSynced)) break;
    const seed = crc32(scan.header.salt);
    const bad = readGroupHeader(bytes, problem.offset, seed);
    start = nextGroup(bytes, problem.offset + 1, limit, seed);
    lose(problem.offset, start ?? limit, typeof bad === 'string' ? undefined : bad.recordCount, problem.what);
  }
  if (inForce !== undefined && inForce > bytes.length) {
    lose(bytes.length, inForce, undefined, `the file ends before ${inForce}, where its synced part ended`);
  }
}

/** Where the first whole group at or behind `from` begins. */
function nextGroup(bytes: Buffer, from: number, limit: number, seed: number): number | undefined {
  let at = bytes.indexOf(GROUP_MARKER, from);
  for (; at >= 0 && at < limit; at = bytes.indexOf(GROUP_MARKER, at + 1)) {
    const header = readGroupHeader(bytes, at, seed);
    if (typeof header !== 'string' && isWhole(bytes, header, limit)) return at;
  }
  return undefined;
}

function isWhole(bytes: Buffer, { offset, bodyLength, bodyChecksum }: GroupHeader, limit: number): boolean {
  const start = offset + GROUP_HEADER_BYTES;
  return start + bodyLength <= limit && crc32(bytes.subarray(start, start + bodyLength)) === bodyChecksum;
}

function wholeFile(file: string, bytes: number | undefined, what: string): LogDamage {
  return { file, offset: undefined, bytes, records: undefined, what };
}
