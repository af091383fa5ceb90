import { join } from 'node:path';
import { LOG_DIRECTORY } from '../../base/file-names.js';
import { verifyLog } from './log-verification.js';
import type { Problem } from './problem.js';
import type { DatabaseParts } from './database-parts.js';

/** What `verify` found. */
export interface VerifyReport {
  readonly filesChecked: number;
  /** In the log. */
  readonly recordsChecked: number;
  /** In tables, all versions and tombstones counted. */
  readonly entriesChecked: number;
  /** Empty when all is well. */
  readonly problems: readonly Problem[];
}

/** Reads the log, the manifest and every table, beside whatever else goes on. */
export async function verifyDatabase({ environment, directory, partition }: DatabaseParts): Promise<VerifyReport> {
  const tree = await partition.tree.verify();
  const log = await verifyLog(environment, join(directory.path, LOG_DIRECTORY));
  return {
    filesChecked: tree.filesChecked + log.filesChecked,
    recordsChecked: log.recordsChecked,
    entriesChecked: tree.entriesChecked,
    problems: [...tree.problems, ...log.problems],
  };
}
