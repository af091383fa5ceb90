import type { FileNumber } from '../../base/numbers.js';
import type { Version } from '../manifest/version.js';
import type { TableSummary } from '../sstable/table-summary.js';
import { VALUE_HEADER_BYTES } from './value-format.js';

/**
 * Value files are cleared while more than this share of their bytes is garbage: values that no table refers to any more.
 * So values take less than 1.2 times their bytes, besides what compaction has yet to find out; and a byte of garbage costs
 * the copying of at most six that live, fewer as a rule, because the files with the most garbage go first.
 */
export const VALUE_GARBAGE_SHARE_MAX = 0.15;

/** Files are cleared together, as tables refer to many, but no more at a time than make up this part of all bytes. */
const CLEARED_SHARE_MAX = 1 / 8;

/** Bytes of values that no table refers to. */
export function valueGarbageBytes({ valueFiles, valueUses }: Version): number {
  let garbage = 0;
  for (const { fileNumber, bytes } of valueFiles) {
    garbage += bytes - VALUE_HEADER_BYTES - (valueUses.of(fileNumber)?.bytes ?? 0);
  }
  return garbage;
}

/** Bytes of garbage beyond the share that is left alone. */
export function excessGarbageBytes(version: Version): number {
  return Math.max(0, valueGarbageBytes(version) - VALUE_GARBAGE_SHARE_MAX * bytesOf(version.valueFiles));
}

/**
 * The value files whose values a merge takes out when it comes across them; none while there is little garbage. A file is
 * removed when no table refers to it, so clearing one ends with fewer files and less garbage, and choosing comes to an end.
 *
 * @param excluded numbers of files that must be left alone: they could not be read
 */
export function filesToClear(version: Version, excluded: ReadonlySet<number>): readonly FileNumber[] {
  const files = version.valueFiles
    .filter(({ fileNumber }) => !excluded.has(fileNumber))
    .map(({ fileNumber, bytes }) => {
      const stored = bytes - VALUE_HEADER_BYTES;
      const garbage = stored - (version.valueUses.of(fileNumber)?.bytes ?? 0);
      return { fileNumber, bytes, garbage, share: garbage / stored };
    });
  const total = bytesOf(files);
  const garbage = files.reduce((sum, file) => sum + file.garbage, 0);
  if (garbage <= total * VALUE_GARBAGE_SHARE_MAX) return [];
  const cleared: FileNumber[] = [];
  let bytes = 0;
  for (const file of files.toSorted((a, b) => b.share - a.share || a.fileNumber - b.fileNumber)) {
    if (file.share <= VALUE_GARBAGE_SHARE_MAX || (bytes > 0 && bytes + file.bytes > total * CLEARED_SHARE_MAX)) break;
    cleared.push(file.fileNumber);
    bytes += file.bytes;
  }
  return cleared;
}

/** The table that refers to most of the files that are to be cleared, and its level; level 0 only when no other does. */
export function tableToClear(
  version: Version,
  excluded: ReadonlySet<number>,
): { readonly level: number; readonly table: TableSummary } | undefined {
  const cleared = new Set(filesToClear(version, excluded));
  if (cleared.size === 0) return undefined;
  let most: { level: number; table: TableSummary; bytes: number } | undefined;
  for (let level = version.levels.length - 1; level >= 0; level--) {
    if (level === 0 && most !== undefined) break;
    for (const table of version.levels[level]!) {
      if (excluded.has(table.fileNumber)) continue;
      const uses = table.valueUses?.filter(({ fileNumber }) => cleared.has(fileNumber)) ?? [];
      const bytes = bytesOf(uses);
      if (bytes > (most?.bytes ?? 0)) most = { level, table, bytes };
    }
  }
  return most;
}

function bytesOf(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
