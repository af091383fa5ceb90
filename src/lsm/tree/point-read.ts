import type { Entry } from '../entry.js';
import { tableFor, type LiveTable, type LiveVersion } from './live-version.js';
import { FindState } from '../sstable/find-state.js';
import type { TreeState } from './tree-state.js';

/** What is asked of the tree. `hash` is `hashKey(key)`, computed once for memtables and Bloom filters alike. */
export interface PointQuestion {
  readonly key: Uint8Array;
  readonly hash: number;
  readonly atSequence: number;
}

/** Looks into the memtables. The first version found at or below the sequence is the newest there is. */
export function findInMemtables(
  { active, sealed }: TreeState,
  key: Uint8Array,
  hash: number,
  atSequence: number,
  into: Entry,
): boolean {
  if (active.memtable.find(key, hash, atSequence, into)) return true;
  for (const { memtable } of sealed) if (memtable.find(key, hash, atSequence, into)) return true;
  return false;
}

/**
 * Looks into the tables, level 0 from the newest, then one table of each level. Without `mayBlock` the first table that
 * needs the disk ends the search with `unloaded`: what lies below it must not be taken for the answer.
 */
export function findInTables(
  { level0, runs }: LiveVersion,
  key: Uint8Array,
  hash: number,
  atSequence: number,
  into: Entry,
  mayBlock: boolean,
): FindState {
  for (const table of level0) {
    if (!table.mayHold(key)) continue;
    const state = findInTable(table, key, hash, atSequence, into, mayBlock);
    if (state !== FindState.absent) return state;
  }
  for (const run of runs) {
    const table = tableFor(run, key);
    if (table === undefined) continue;
    const state = findInTable(table, key, hash, atSequence, into, mayBlock);
    if (state !== FindState.absent) return state;
  }
  return FindState.absent;
}

/** As `findInTables`, reading off the event loop. The caller holds the version. */
export async function loadFromTables(
  { level0, runs }: LiveVersion,
  { key, hash, atSequence }: PointQuestion,
  into: Entry,
): Promise<boolean> {
  for (const table of level0) {
    if (table.mayHold(key) && (await loadFromTable(table, key, hash, atSequence, into))) return true;
  }
  for (const run of runs) {
    const table = tableFor(run, key);
    if (table !== undefined && (await loadFromTable(table, key, hash, atSequence, into))) return true;
  }
  return false;
}

function findInTable(
  { handle }: LiveTable,
  key: Uint8Array,
  hash: number,
  atSequence: number,
  into: Entry,
  mayBlock: boolean,
): FindState {
  if (!mayBlock) return handle.find(key, hash, atSequence, into);
  return handle.findSync(key, hash, atSequence, into) ? FindState.found : FindState.absent;
}

async function loadFromTable(
  { handle }: LiveTable,
  key: Uint8Array,
  hash: number,
  atSequence: number,
  into: Entry,
): Promise<boolean> {
  const state = handle.find(key, hash, atSequence, into);
  if (state !== FindState.unloaded) return state === FindState.found;
  return handle.findLoading(key, hash, atSequence, into);
}
