import { toFileNumber, toPartitionId, type FileNumber, type PartitionId } from './numbers.js';

/**
 * Every name that CoreCache gives to something on disk is made here and parsed here.
 *
 *     <data directory>/
 *       LOCK                      locked while a process has the directory open
 *       IDENTITY                  format version and store UUID
 *       NODE                      id of the node that serves it, and of its cluster
 *       lost/1/                   what the first repair took out of use, under the names that it had
 *       log/000000000001.log      segments of the commit log; the number rises
 *       partition-0/              one tree
 *         CURRENT                 the name of the manifest in force
 *         MANIFEST-000003         version edits
 *         000012.data 000012.index   one table
 *         000014.values           large values that tables refer to
 *         000013.data.tmp         a file being written; left behind only by a crash, removed when the tree opens
 */
export const LOCK_FILE = 'LOCK';
export const IDENTITY_FILE = 'IDENTITY';
export const NODE_FILE = 'NODE';
export const LOG_DIRECTORY = 'log';
/** What a repair took out of use. */
export const LOST_DIRECTORY = 'lost';
export const CURRENT_FILE = 'CURRENT';

const TEMPORARY_SUFFIX = '.tmp';

export function partitionDirectory(partition: PartitionId): string {
  return `partition-${partition}`;
}
export function segmentFile(number: FileNumber): string {
  return `${padded(number, 12)}.log`;
}
export function manifestFile(number: FileNumber): string {
  return `MANIFEST-${padded(number, 6)}`;
}
export function dataFile(number: FileNumber): string {
  return `${padded(number, 6)}.data`;
}
export function indexFile(number: FileNumber): string {
  return `${padded(number, 6)}.index`;
}
export function valueFile(number: FileNumber): string {
  return `${padded(number, 6)}.values`;
}
/** What a file is called until it is whole and synced. */
export function temporaryFile(name: string): string {
  return name + TEMPORARY_SUFFIX;
}

export type FileName =
  | { readonly kind: 'lock' | 'identity' | 'node' | 'current' }
  | { readonly kind: 'temporary'; readonly of: string }
  | { readonly kind: 'segment' | 'manifest' | 'data' | 'index' | 'values'; readonly number: FileNumber }
  | { readonly kind: 'partition'; readonly partition: PartitionId };

/** What a name says; `undefined` for a name that CoreCache does not give, which it then leaves alone. */
export function parseFileName(name: string): FileName | undefined {
  if (name === LOCK_FILE) return { kind: 'lock' };
  if (name === IDENTITY_FILE) return { kind: 'identity' };
  if (name === NODE_FILE) return { kind: 'node' };
  if (name === CURRENT_FILE) return { kind: 'current' };
  if (name.endsWith(TEMPORARY_SUFFIX)) return { kind: 'temporary', of: name.slice(0, -TEMPORARY_SUFFIX.length) };
  const partition = /^partition-(\d+)$/.exec(name);
  if (partition) return { kind: 'partition', partition: toPartitionId(Number(partition[1])) };
  const manifest = /^MANIFEST-(\d{6,})$/.exec(name);
  if (manifest) return { kind: 'manifest', number: toFileNumber(Number(manifest[1])) };
  const segment = /^(\d{12,})\.log$/.exec(name);
  if (segment) return { kind: 'segment', number: toFileNumber(Number(segment[1])) };
  const stored = /^(\d{6,})\.(data|index|values)$/.exec(name);
  if (stored) return { kind: stored[2] as 'data' | 'index' | 'values', number: toFileNumber(Number(stored[1])) };
  return undefined;
}

function padded(number: number, width: number): string {
  return String(number).padStart(width, '0');
}
