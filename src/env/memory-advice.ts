import { MADV_DONTNEED, systemCalls } from './system-calls.js';

/** Of `madvise`, on Linux. */
const MADV_HUGEPAGE = 14;
/** On nearly all machines; where they are larger the system finds no whole one in some memory, and does nothing. */
const HUGE_PAGE_BYTES = 2 * 1024 * 1024;
/** The largest that ordinary pages are. */
const PAGE_BYTES_MAX = 64 * 1024;
/** Less is not worth loading anything for. */
const ADVISED_BYTES_MIN = 2 * 1024 * 1024;

/**
 * Asks the system to make fresh memory of pages of 2 MiB, as far as such pages lie in it whole. Then 512 times fewer page
 * faults stand between a program and memory that it writes to for the first time. What has been written is as it was.
 *
 * It is advice: where the system has no such pages, is short of them, or cannot be asked, memory is as it would have been.
 *
 * @returns whether the system took it
 */
export function adviseHugePages(memory: SharedArrayBuffer): boolean {
  return advise(memory, MADV_HUGEPAGE, HUGE_PAGE_BYTES);
}

/**
 * Gives the pages of memory that nobody needs as it is back to the system. What is read there afterwards is as it was or
 * zero; what is written takes room again, page by page.
 *
 * @returns whether the system took them
 */
export function dropPages(memory: SharedArrayBuffer): boolean {
  return advise(memory, MADV_DONTNEED, PAGE_BYTES_MAX);
}

/** About the pages of this size that lie in the memory whole: what is around it is not ours. */
function advise(memory: SharedArrayBuffer, advice: number, pageBytes: number): boolean {
  if (memory.byteLength < ADVISED_BYTES_MIN) return false;
  const system = systemCalls();
  if (system instanceof Error) return false;
  const address = system.addressOf(new Uint8Array(memory));
  const page = BigInt(pageBytes);
  const start = ((address + page - 1n) / page) * page;
  const end = ((address + BigInt(memory.byteLength)) / page) * page;
  return end > start && system.madvise(start, Number(end - start), advice) === 0;
}
