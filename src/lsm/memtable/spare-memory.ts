import type { MemtableMemory } from './memtable.js';

/**
 * Memory of memtables whose trees are closed, for the next tree. V8 does not count shared memory when it decides to collect
 * garbage: in a process that opens one database after another, dead memtables would lie beside the living ones for as long
 * as nothing else brings a collection on.
 */
export class SpareMemory {
  readonly #bytesMax: number;
  /** Oldest first. */
  readonly #spare: MemtableMemory[] = [];
  #bytes = 0;

  /** Beyond `bytesMax` the oldest is left to the collector. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The newest with an arena of exactly this size, if there is one. */
  take(arenaBytes: number): MemtableMemory | undefined {
    const at = this.#spare.findLastIndex(({ arena }) => arena.byteLength === arenaBytes);
    return at < 0 ? undefined : this.#remove(at);
  }

  give(memory: MemtableMemory): void {
    this.#spare.push(memory);
    this.#bytes += sizeOf(memory);
    while (this.#bytes > this.#bytesMax) this.#remove(0);
  }

  #remove(at: number): MemtableMemory {
    const [memory] = this.#spare.splice(at, 1) as [MemtableMemory];
    this.#bytes -= sizeOf(memory);
    return memory;
  }
}

const MIB = 1024 * 1024;

/** Of this process: what a tree with memtables of the default size has at most when writes outrun its flushes. */
export const spareMemory = new SpareMemory(128 * MIB);

function sizeOf({ arena, slots }: MemtableMemory): number {
  return arena.byteLength + slots.byteLength;
}
