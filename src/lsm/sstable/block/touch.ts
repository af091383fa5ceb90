/** In a processor's caches memory comes in pieces of this size. */
const LINE_BYTES = 64;
/** As much as is worth bringing near before it is known how much is needed. */
const DIRECTORY_BYTES_USUAL = 4 * LINE_BYTES;
export const ENTRY_BYTES_USUAL = 3 * LINE_BYTES;
export const RESTART_BYTES_USUAL = 32 * LINE_BYTES;

/** Brings near the lines of memory from `start` on, so many bytes of them: see `GroupSearch`. Makes nothing of them. */
export function touchFrom(bytes: Uint8Array, start: number, length: number): number {
  const end = start + length < bytes.length ? start + length : bytes.length;
  let touched = 0;
  for (let at = start; at < end; at += LINE_BYTES) touched |= bytes[at]!;
  return touched;
}

/** The same for a directory that ends there, or behind which little else is. */
export function touchBefore(bytes: Uint8Array, end: number): number {
  const start = end > DIRECTORY_BYTES_USUAL ? end - DIRECTORY_BYTES_USUAL : 0;
  let touched = bytes[end - 1]!;
  for (let at = start; at < end; at += LINE_BYTES) touched |= bytes[at]!;
  return touched;
}
