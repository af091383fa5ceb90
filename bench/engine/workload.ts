import type { DataSet } from './data-set.js';
import type { Engine } from './engine.js';

/** How the calls follow each other: 64 under way at any time, each awaited before the next, or the synchronous call. */
export type Shape = '64 in flight' | 'one at a time' | 'sync';

export interface Work {
  readonly operations: number;
  /** Bytes of keys and values that the engine was given to write. */
  readonly bytesGiven: number;
}

export interface Workload {
  readonly name: string;
  /** Starts on an empty directory; the others go on with what is there. */
  readonly fresh: boolean;
  /** False where the engine has no call for it. */
  readonly suits: (engine: Engine) => boolean;
  /** `order` holds every index once, shuffled by the position of the workload; making it is not in the time. */
  readonly run: (engine: Engine, data: DataSet, order: Uint32Array) => Promise<Work>;
}

export const LANES: Readonly<Record<Exclude<Shape, 'sync'>, number>> = { '64 in flight': 64, 'one at a time': 1 };

/** A part of the keys, one at the least: for what would take too long with all of them. */
export function share(data: DataSet, divisor: number): number {
  return Math.max(1, Math.floor(data.keyCount / divisor));
}

export function reads(operations: number): Work {
  return { operations, bytesGiven: 0 };
}

export function writes(operations: number, data: DataSet): Work {
  return { operations, bytesGiven: operations * data.entryBytes };
}
