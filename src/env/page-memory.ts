/**
 * Memory that comes from the system and goes back to it by pages, past `malloc`.
 *
 * Buffers of JavaScript come from `malloc`. For a large one it asks the system, and gives the memory back when the buffer
 * is freed; but it takes that as a sign that such sizes come and go, makes the next ones of the memory that it manages
 * itself, in which it writes zeros over all of them, and from then on keeps up to twice as much free for each thread
 * (`M_MMAP_THRESHOLD` in the manual page `mallopt(3)`). One memtable freed is 40 MiB that it may keep, and the next one is
 * resident before anything is written to it. So what is large and comes and goes is made here.
 */

/** Memory of WebAssembly is made of pages of this size. */
const PAGE_BYTES = 64 * 1024;
/** Smaller memory is made by `malloc`, in less time than the system takes. */
const PAGED_BYTES_MIN = 256 * 1024;

/** Less garbage than this is not worth a collection. */
const GARBAGE_BYTES_MIN = 8 * 1024 * 1024;
/** So much more memory of buffers than when it last collected has V8 collect. */
const COUNTED_BYTES_MAX = 64 * 1024 * 1024;

/** As much of the global `WebAssembly` as is used here. It is not there where programs may not make code (`--jitless`). */
interface WebAssemblyMemory {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => {
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
  };
}

/** `undefined` when there is none, or when it was refused: each memory takes 10 GiB of addresses, and those may be limited. */
let webAssembly = (globalThis as { WebAssembly?: WebAssemblyMemory }).WebAssembly;

/** How large the memory is that is made here for so many bytes. */
export function pagedBytes(bytes: number): number {
  return bytes < PAGED_BYTES_MIN ? bytes : Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}

/**
 * Shared memory of `pagedBytes(bytes)` bytes, all of them zero. Where it is large it takes no memory of the system
 * until it is written to, page by page.
 * @throws RangeError when there is not so much memory
 */
export function sharedPagedBuffer(bytes: number): SharedArrayBuffer {
  const length = pagedBytes(bytes);
  return (pagesOf(length, true) as SharedArrayBuffer | undefined) ?? new SharedArrayBuffer(length);
}

/**
 * The same, `bytes` long or longer, for this thread alone. V8 counts it as memory of the thread.
 * @throws RangeError when there is not so much memory
 */
export function pagedBuffer(bytes: number): ArrayBuffer {
  const length = pagedBytes(bytes);
  return (pagesOf(length, false) as ArrayBuffer | undefined) ?? new ArrayBuffer(length);
}

/**
 * A buffer that V8 counts as memory of this thread while somebody holds it, and that takes none: nothing is to be written
 * to it. It is of `bytes` bytes, but of no more than has V8 collect: a system that is strict about memory might refuse more.
 * @throws RangeError when there are not so many addresses
 */
export function countedBuffer(bytes: number): ArrayBuffer {
  const length = Math.min(bytes, COUNTED_BYTES_MAX);
  // One that may be resized has its memory from the system.
  return new ArrayBuffer(length, { maxByteLength: length });
}

/**
 * So many bytes of buffers have become garbage, all at once, and they are old. V8 goes through old objects seldom, and
 * would let them lie beside whatever is filled next. So as much as has it look is counted besides, and let go of at once.
 */
export function announceGarbage(bytes: number): void {
  if (bytes < GARBAGE_BYTES_MIN) return;
  try {
    countedBuffer(COUNTED_BYTES_MAX);
  } catch {
    // Then it looks when it would have.
  }
}

function pagesOf(length: number, shared: boolean): ArrayBuffer | SharedArrayBuffer | undefined {
  if (length < PAGED_BYTES_MIN || webAssembly === undefined) return undefined;
  const count = length / PAGE_BYTES;
  try {
    return new webAssembly.Memory({ initial: count, maximum: count, shared }).buffer;
  } catch {
    webAssembly = undefined;
    return undefined;
  }
}
