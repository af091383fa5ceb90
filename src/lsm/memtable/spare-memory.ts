import { dropPages } from '../../env/memory-advice.js';
import type { MemtableMemory } from './memtable.js';

/**
 * Memory of memtables that no tree needs at the moment: the system has its pages back, where it takes them, the collector
 * may have the rest, and until it comes the next memtable may. V8 does not count shared memory when it decides to collect
 * garbage: in a process that opens one database after another, or writes now and then, dead memtables would otherwise lie
 * beside the living ones for as long as nothing else brings a collection on.
 */
export class SpareMemory {
  /** Oldest first. */
  readonly #spare = new Set<WeakRef<MemtableMemory>>();

  /** One with an arena of exactly this size, if there is one. */
  take(arenaBytes: number): MemtableMemory | undefined {
    for (const reference of this.#spare) {
      const memory = reference.deref();
      if (memory !== undefined && memory.arena.byteLength !== arenaBytes) continue;
      this.#spare.delete(reference);
      if (memory !== undefined) return memory;
    }
    return undefined;
  }

  give(memory: MemtableMemory): void {
    dropPages(memory.arena);
    this.#spare.add(new WeakRef(memory));
  }
}

/** Of this process. */
export const spareMemory = new SpareMemory();
