import { join } from 'node:path';
import { assert } from '../base/assert.js';
import { corruption } from '../base/errors.js';
import { parseFileName, segmentFile } from '../base/file-names.js';
import { toFileNumber, type FileNumber } from '../base/numbers.js';
import type { FileSystem } from '../env/file-system.js';
import type { CommitLogSetup } from './commit-log-setup.js';
import { ReachCounter } from './log-reach.js';
import type { RetainedSegment } from './retention.js';
import { SegmentContents } from './segment-contents.js';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from './segment-header.js';
import { SegmentScan } from './segment-scan.js';
import { SegmentWriter } from './segment-writer.js';

/**
 * Reading the log back, and what is torn and what is damaged.
 *
 * **What can be wrong after a power cut.** Bytes that were written and not synced may be there, be missing, or be there in
 * part, in any order: a later page may have reached the device and an earlier one not. Bytes that were synced are there.
 * So a bad place is a *torn tail* when it had not been synced, and *corruption* when it had; the question is how to know.
 *
 * **What is known to have been synced.**
 *  - All segments but the last, up to the previous end that the next one's header names: a segment is begun only after
 *    the one before it was synced up to there. A segment file gets its name when it is whole and synced, so its header
 *    is never torn either.
 *  - In the last segment, everything before the greatest *synced end* that any of its groups names. A group is written
 *    after the sync that it speaks of has returned, so whatever became of that group later, what it says is true.
 *
 * A bad place before such a point is corruption, and ends the opening before anything has been changed. At or behind it,
 * the bad place may be torn; the group there was never known to be synced, and what stands behind it was not synced
 * either, or a group there would say so. It is cut off, whole groups behind it included: the records of a log without a
 * middle are not a history. What is lost that way had been acknowledged only with a durability weaker than a sync, with
 * one exception that no log can tell apart: damage to the very last synced group, when nothing was written behind it. A
 * clean close therefore ends the segment with an empty group, which says that all before it is synced.
 *
 * Groups are found behind a bad place by their marker, and believed by a checksum that begins with the segment's random
 * salt. So bytes of another segment, of an older life of the disk block, or of a user's value that imitates a group do
 * not pass for one.
 *
 * **Why the end is written anew.** After a failed sync the kernel may hold pages that it takes for clean and that never
 * reached the device: reading them back proves nothing, and syncing the file again neither. So nothing behind the last
 * known synced end is relied upon. Those records are copied into a new segment, which is synced before it gets its name;
 * its header names the synced end as the previous end. From the moment in which the name is there, the old tail is void
 * and the copies are in force: one step, with the same records on both sides of it. Then the old file is shortened to
 * its previous end, torn bytes included; a power cut before that does no harm, for the bytes are void. After this, all
 * records that were replayed are durable.
 *
 * **Segments that are gone.** Segments are deleted when tables hold what was in them, so the oldest one that is there need
 * not be the first ever, and that it follows on the tables cannot be seen from the log: if it has no records yet, not from
 * the tables either. So each segment says how far the history had got when it was begun, by records that were synced
 * before; whoever owns the tables compares. A power cut cannot make this wrong: what a segment says is on the device before
 * the segment has its name, and no record is released that is not in a table on the device.
 *
 * Rejected: cutting in place and going on in the same file. It cannot make the tail durable again, and needs a rule of its
 * own for a torn segment header.
 */
export interface Recovered {
  readonly segments: RetainedSegment[];
  readonly writer: SegmentWriter;
  readonly recovery: LogRecovery;
  readonly reached: ReachCounter;
}

export interface LogRecovery {
  readonly recordCount: number;
  /** The torn tail that was cut off. */
  readonly cut: TornTail | undefined;
}

export interface TornTail {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly what: string;
  /** Whole groups behind the torn one, lost with it; they were never synced. */
  readonly groupsBehind: number;
}

/**
 * Replays every record in order, tells how far they must reach, then makes the segment to go on in.
 * @throws CoreCacheError `CORRUPTION`, `NEWER_FORMAT`, or what the file system says; then nothing was changed unless the
 * replay was over
 */
export async function recover({ environment, directory, onRecord, onReplayed }: CommitLogSetup): Promise<Recovered> {
  const { fileSystem } = environment;
  const names = (await fileSystem.list(directory)).map((name) => ({ name, parsed: parseFileName(name) }));
  const numbers = names
    .flatMap(({ parsed }) => (parsed?.kind === 'segment' ? [parsed.number] : []))
    .sort((a, b) => a - b);
  const headers = await readHeaders(fileSystem, directory, numbers);

  const segments: RetainedSegment[] = [];
  const reached = new ReachCounter();
  let recordCount = 0;
  let last: LastSegment | undefined;
  for (const [index, number] of numbers.entries()) {
    const path = join(directory, segmentFile(number));
    const bytes = await fileSystem.readFile(path);
    const scan = new SegmentScan(path, bytes);
    const next = headers[index + 1];
    if (next === undefined) last = surveyLast(scan, bytes.length);
    const limit = next?.previousEnd ?? last?.scan.end ?? bytes.length;
    if (limit > bytes.length) throw corruption(path, bytes.length, `ends before ${limit}, where its synced part ended`);
    const boundary = last?.inForce ?? limit;

    const contents = new SegmentContents();
    reached.begin(scan.reach);
    for (const group of scan.groups(scan.start, limit)) {
      for (const record of scan.records(group)) {
        if (group.offset < boundary) {
          contents.add(record);
          reached.add(record);
        } else last!.carriedContents.add(record);
        onRecord(record);
      }
    }
    if (scan.problem !== undefined) throw corruption(path, scan.problem.offset, scan.problem.what);
    recordCount += contents.recordCount;
    segments.push({ number, path, bytes: boundary, contents });
  }

  const reachBefore = new Map(reached.reach);
  if (last !== undefined) reached.absorb(last.carriedContents);
  onReplayed?.(reached.reach);

  for (const { name, parsed } of names) {
    if (parsed?.kind === 'temporary') await fileSystem.remove(join(directory, name));
  }
  const number = toFileNumber((numbers.at(-1) ?? 0) + 1);
  const previousEnd = last?.inForce ?? 0;
  const writer = await SegmentWriter.create(environment, directory, number, previousEnd, reachBefore, last?.carried());
  const contents = last?.carriedContents ?? new SegmentContents();
  segments.push({ number, path: writer.path, bytes: writer.size, contents });
  if (last !== undefined && last.fileBytes > last.inForce) await fileSystem.truncate(last.scan.path, last.inForce);
  return { segments, writer, recovery: { recordCount: recordCount + contents.recordCount, cut: last?.cut }, reached };
}

/** The last segment, judged: what of it stays in force, what is carried over, what is cut off. */
class LastSegment {
  readonly carriedContents = new SegmentContents();

  constructor(
    readonly scan: SegmentScan,
    readonly fileBytes: number,
    readonly inForce: number,
    readonly end: number,
    readonly cut: TornTail | undefined,
  ) {}

  *carried(): Generator<{ body: Uint8Array; recordCount: number }> {
    for (const group of this.scan.groups(this.inForce, this.end)) {
      if (group.recordCount > 0) yield { body: this.scan.body(group), recordCount: group.recordCount };
    }
  }
}

function surveyLast(scan: SegmentScan, fileBytes: number): LastSegment {
  for (const group of scan.groups()) assert(group.syncedEnd <= group.offset, 'only what was written is synced');
  const { path, end, syncedEnd, problem } = scan;
  if (problem === undefined) return new LastSegment(scan, fileBytes, syncedEnd, end, undefined);
  const { offset, what, wasSynced, groupsBehind } = problem;
  if (wasSynced) throw corruption(path, offset, `${what}, in a part that had been synced`);
  scan.problem = undefined;
  return new LastSegment(scan, fileBytes, syncedEnd, end, {
    file: path,
    offset,
    bytes: fileBytes - offset,
    what,
    groupsBehind,
  });
}

/** Looks at all headers before a record is replayed: a newer format, or a segment that is missing, is found first. */
async function readHeaders(
  fileSystem: FileSystem,
  directory: string,
  numbers: readonly FileNumber[],
): Promise<SegmentHeader[]> {
  const headers: SegmentHeader[] = [];
  for (const [index, number] of numbers.entries()) {
    const path = join(directory, segmentFile(number));
    if (index > 0 && number !== numbers[index - 1]! + 1) {
      throw corruption(join(directory, segmentFile(toFileNumber(number - 1))), undefined, 'segment is missing');
    }
    const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
    const file = await fileSystem.openReader(path);
    try {
      const length = await file.read(bytes, 0);
      headers.push(decodeSegmentHeader(bytes.subarray(0, length), path));
    } finally {
      await file.close();
    }
    if (headers[index]!.number !== number) throw corruption(path, 16, `is segment ${headers[index]!.number}`);
  }
  return headers;
}
