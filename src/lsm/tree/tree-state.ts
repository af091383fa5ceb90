import type { LiveVersion } from './live-version.js';
import type { Memtable } from '../memtable/memtable.js';

/** A memtable and how far the history in it goes; records without operations count, though they leave no entry. */
export class MemtableSpan {
  readonly memtable: Memtable;
  lastSequence: number;
  lastEpoch: number;

  constructor(memtable: Memtable, lastSequence: number, lastEpoch: number) {
    this.memtable = memtable;
    this.lastSequence = lastSequence;
    this.lastEpoch = lastEpoch;
  }
}

/**
 * All that a read looks at, newest first: the active memtable, the sealed ones, the tables. A change is a new value put in
 * place by one assignment, so a read that has taken a state sees every record once: never in two places where it
 * matters (versions are told apart by sequence), and never in none, for a flush swaps a memtable for its table in one step.
 */
export interface TreeState {
  readonly active: MemtableSpan;
  /** Newest first. */
  readonly sealed: readonly MemtableSpan[];
  readonly live: LiveVersion;
}

/** Whoever looks at a state across turns holds it meanwhile: its tables stay on disk, its memtables are not used again. */
export function retainState({ active, sealed, live }: TreeState): void {
  live.retain();
  active.memtable.retain();
  for (const { memtable } of sealed) memtable.retain();
}

export function releaseState({ active, sealed, live }: TreeState): void {
  live.release();
  active.memtable.release();
  for (const { memtable } of sealed) memtable.release();
}
