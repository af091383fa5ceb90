import { toFileNumber } from '#engine/base/numbers.js';
import type { TableSummary } from '#engine/lsm/sstable/table-summary.js';

/** A key of 16 bytes, a value of 100, and what a table adds to each entry: as measured on real tables. */
export const ENTRY_BYTES = 121;

/** Keys are numbers here. So many of those from `start` to below `end` are there, evenly spread. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly entryCount: number;
}

const KEY_BYTES = 6;

/** Sequences rise with the file number: so level 0 is ordered as it should be, and nothing else looks at them. */
export function simulatedTable(number: number, { start, end, entryCount }: Stretch): TableSummary {
  return {
    fileNumber: toFileNumber(number),
    dataBytes: Math.round(entryCount * ENTRY_BYTES),
    indexBytes: 0,
    entryCount: Math.round(entryCount),
    tombstoneCount: 0,
    rawBytes: Math.round(entryCount * ENTRY_BYTES),
    firstKey: keyOf(start),
    lastKey: keyOf(end - 1),
    minSequence: number,
    maxSequence: number,
    oldestExpiryMs: 0,
  };
}

export function stretchOf({ firstKey, lastKey, entryCount }: TableSummary): Stretch {
  return { start: numberOf(firstKey), end: numberOf(lastKey) + 1, entryCount };
}

function numberOf(key: Uint8Array): number {
  return key.reduce((number, byte) => number * 256 + byte, 0);
}

function keyOf(number: number): Uint8Array {
  const key = new Uint8Array(KEY_BYTES);
  for (let i = KEY_BYTES - 1, rest = number; i >= 0; i--, rest = Math.floor(rest / 256)) key[i] = rest % 256;
  return key;
}

/**
 * What a merge of runs leaves, in key order. Where two runs hold parts _a_ and _b_ of the keys, the result holds
 * 1 - (1 - _a_)(1 - _b_) of them, as with keys drawn at random, or _a_ + _b_ when every key is written once.
 */
export function mergedStretches(runs: readonly (readonly Stretch[])[], areKeysDistinct: boolean): Stretch[] {
  const borders = [...new Set(runs.flat().flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const next = runs.map(() => 0);
  const merged: Stretch[] = [];
  for (let i = 1; i < borders.length; i++) {
    const [start, end] = [borders[i - 1]!, borders[i]!];
    let sum = 0;
    let absent = 1;
    runs.forEach((run, r) => {
      while (next[r]! < run.length && run[next[r]!]!.end <= start) next[r]!++;
      const stretch = run[next[r]!];
      if (stretch === undefined || stretch.start > start) return;
      const share = stretch.entryCount / (stretch.end - stretch.start);
      sum += share;
      absent *= 1 - share;
    });
    const share = areKeysDistinct ? Math.min(1, sum) : 1 - absent;
    if (share > 0) merged.push({ start, end, entryCount: share * (end - start) });
  }
  return merged;
}

/** Cut where a compaction would: at `entriesMax`, or earlier where `isCut` says so of an output so far. */
export function cutStretches(
  stretches: readonly Stretch[],
  entriesMax: number,
  isCut: (output: Stretch) => boolean,
): Stretch[] {
  const outputs: Stretch[] = [];
  let open: Stretch | undefined;
  for (const stretch of stretches) {
    for (let rest: Stretch | undefined = stretch; rest !== undefined;) {
      const [taken, left] = split(rest, entriesMax - (open?.entryCount ?? 0));
      open = {
        start: open?.start ?? taken.start,
        end: taken.end,
        entryCount: (open?.entryCount ?? 0) + taken.entryCount,
      };
      if (left !== undefined || open.entryCount >= entriesMax || isCut(open)) {
        outputs.push(open);
        open = undefined;
      }
      rest = left;
    }
  }
  return open === undefined ? outputs : [...outputs, open];
}

function split({ start, end, entryCount }: Stretch, entriesMax: number): [Stretch, Stretch | undefined] {
  const at = start + Math.max(1, Math.round(((end - start) * entriesMax) / entryCount));
  if (at >= end) return [{ start, end, entryCount }, undefined];
  return [
    { start, end: at, entryCount: entriesMax },
    { start: at, end, entryCount: entryCount - entriesMax },
  ];
}
