import type { LiveVersion } from './live-version.js';
import { Memtable } from '../memtable/memtable.js';

/** A memtable and how far the history in it goes; records without operations count, though they leave no entry. */
export class MemtableSpan {
  readonly memtable: Memtable;
  lastSequence: number;
  lastEpoch: number;

  constructor(capacityBytes: number, lastSequence: number, lastEpoch: number) {
    this.memtable = new Memtable(capacityBytes);
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
