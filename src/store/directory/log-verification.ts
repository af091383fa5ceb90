import { join } from 'node:path';
import { isCoreCacheError, reasonOf } from '../../base/errors.js';
import { parseFileName, segmentFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { Environment } from '../../env/environment.js';
import { SegmentScan } from '../../log/segment-scan.js';
import type { Problem } from './problem.js';

export interface LogVerifyReport {
  readonly filesChecked: number;
  readonly recordsChecked: number;
  readonly problems: readonly Problem[];
}

/** Groups between two turns of the event loop. */
const GROUPS_A_TURN = 256;

/**
 * Reads every segment of a log that may be in use. Where the segment after it begins, a segment ends; the last one ends
 * where its first group does that is not whole: it may be being written. A segment that is gone was released meanwhile.
 */
export async function verifyLog(environment: Environment, directory: string): Promise<LogVerifyReport> {
  const names = await environment.fileSystem.list(directory);
  const numbers = names.flatMap((name) => {
    const parsed = parseFileName(name);
    return parsed?.kind === 'segment' ? [parsed.number] : [];
  });
  const problems: Problem[] = [];
  let filesChecked = 0;
  let recordsChecked = 0;
  let next: SegmentScan | undefined;
  for (const number of numbers.sort((a, b) => b - a)) {
    const path = join(directory, segmentFile(number));
    try {
      const bytes = await readSegmentFile(environment, directory, number);
      if (bytes === undefined) continue;
      filesChecked++;
      const scan = new SegmentScan(path, bytes);
      recordsChecked += await countRecords(environment, scan, next?.header.previousEnd ?? bytes.length);
      const problem = scan.problem;
      if (problem !== undefined && (next !== undefined || problem.wasSynced)) {
        problems.push({ file: path, offset: problem.offset, what: problem.what });
      }
      next = scan;
    } catch (error) {
      if (!isCoreCacheError(error)) throw error;
      const { offset } = error.data;
      problems.push({ file: path, offset: typeof offset === 'number' ? offset : undefined, what: reasonOf(error) });
      next = undefined;
    }
  }
  return { filesChecked, recordsChecked, problems };
}

async function countRecords({ clock }: Environment, scan: SegmentScan, limit: number): Promise<number> {
  let groups = 0;
  let records = 0;
  for (const group of scan.groups(scan.start, limit)) {
    records += [...scan.records(group)].length;
    if (++groups % GROUPS_A_TURN === 0) await clock.nextTurn();
  }
  return records;
}

async function readSegmentFile(
  { fileSystem }: Environment,
  directory: string,
  number: FileNumber,
): Promise<Uint8Array | undefined> {
  const path = join(directory, segmentFile(number));
  try {
    return await fileSystem.readFile(path);
  } catch (error) {
    if (isCoreCacheError(error) && !(await fileSystem.exists(path))) return undefined;
    throw error;
  }
}
