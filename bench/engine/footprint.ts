import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK_BYTES = 512;

/** What the files below a directory take on the device: holes in them do not count, space set aside does. */
export function bytesOnDisk(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // The engine may delete a file meanwhile.
    bytes += (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.blocks ?? 0) * BLOCK_BYTES;
  }
  return bytes;
}

/** How long the files below a directory are whose names end so. */
export function bytesOfFiles(directory: string, ending: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(ending)) continue;
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

/**
 * Bytes that this process, with all its threads, has had written to devices so far: `write_bytes` of /proc/self/io, which
 * counts a page when it is to be written, without `cancelled_write_bytes`, pages that were not when their file was deleted:
 * a log that nobody asked to sync seldom gets to the device. Absent where there is no such file; 0 on a file system in
 * memory.
 */
export function bytesWritten(): number | undefined {
  let text: string;
  try {
    text = readFileSync('/proc/self/io', 'latin1');
  } catch {
    return undefined;
  }
  const field = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1]);
  return field('write_bytes') - field('cancelled_write_bytes');
}
