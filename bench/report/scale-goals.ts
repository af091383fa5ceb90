import { comparableOptions, mebibytes } from '../engine/engine.js';
import { perSecond, times } from '../table.js';
import type { FillPass, ScaleResult } from '../scale/scale-result.js';
import { useWorkloadNames } from '../scale/use-stage.js';
import { under, type Goal } from './goals.js';

const MIB = 1024 * 1024;
const OPEN_MS_MAX = 1000;
/** Ten times the keys may take so many times as long to open, for times of a few milliseconds vary by themselves. */
const OPEN_GROWTH_MAX = 2;
const MEMORY_BYTES_MAX = 512 * MIB;
/** Filters and indexes grow with the data, and count in the cache: so memory may grow by no more than that. */
const MEMORY_GROWTH_BYTES_MAX = comparableOptions.cacheBytes;
const SPACE_AMPLIFICATION_MAX = 1.2;

/**
 * What a database much larger than its caches is to reach.
 * @param peer LevelDB, measured in the same way; absent when it was not
 */
export function scaleGoals(ours: ScaleResult, peer: ScaleResult | undefined): Goal[] {
  return [
    ...useWorkloadNames.map((name) => noSlower(name, ours.use.rates[name], peer?.use.rates[name])),
    ...opening(ours),
    ...memory('writing', ours.fill.memory.peakResidentBytes, ours.memoryOfTenth?.writing),
    ...memory('reading', ours.use.memory.peakResidentBytes, ours.memoryOfTenth?.reading),
    ...amplification('fillrandom', ours.fill.fillrandom, peer?.fill.fillrandom),
    ...(ours.fill.overwrite ? amplification('overwrite', ours.fill.overwrite, peer?.fill.overwrite) : []),
  ];
}

function noSlower(name: string, ours: number | undefined, peer: number | undefined): Goal {
  const isKnown = ours !== undefined && peer !== undefined;
  return {
    name: `${name}: no slower than LevelDB`,
    ours: ours === undefined ? '–' : perSecond(ours),
    against: isKnown ? `${perSecond(peer)}, ${times(ours / peer)}` : '–',
    isReached: isKnown ? ours >= peer : undefined,
  };
}

function opening({ use, openOfTenth }: ScaleResult): Goal[] {
  const openMs = Math.max(use.open.openMs, use.open.reopenMs);
  const tenthMs = Math.max(openOfTenth.openMs, openOfTenth.reopenMs);
  return [
    under('opens in less than a second', openMs, OPEN_MS_MAX, milliseconds),
    {
      name: `opens in less than ${OPEN_GROWTH_MAX} × the time of a tenth of the keys`,
      ours: milliseconds(openMs),
      against: `${milliseconds(tenthMs)}, ${times(openMs / tenthMs)}`,
      isReached: openMs < OPEN_GROWTH_MAX * tenthMs,
    },
  ];
}

function memory(when: string, peak: number, peakOfTenth: number | undefined): Goal[] {
  return [
    under(`peak memory, ${when}`, peak, MEMORY_BYTES_MAX, mebibytes),
    {
      name: `peak memory, ${when}: no more than ${mebibytes(MEMORY_GROWTH_BYTES_MAX)} above a tenth of the keys`,
      ours: mebibytes(peak),
      against: peakOfTenth === undefined ? '–' : mebibytes(peakOfTenth),
      isReached: peakOfTenth === undefined ? undefined : peak - peakOfTenth <= MEMORY_GROWTH_BYTES_MAX,
    },
  ];
}

function amplification(name: string, ours: FillPass, peer: FillPass | undefined): Goal[] {
  const [written, peerWritten] = [ours.writeAmplification, peer?.writeAmplification];
  const space = under(`${name}: on disk / live, settled`, ours.spaceAmplification, SPACE_AMPLIFICATION_MAX, factor);
  const isKnown = written !== undefined && peerWritten !== undefined;
  return [
    {
      name: `${name}: written / given, no more than LevelDB`,
      ours: written === undefined ? '–' : factor(written),
      against: isKnown ? factor(peerWritten) : '–',
      isReached: isKnown ? written <= peerWritten : undefined,
    },
    ours.settleSeconds === undefined ? { ...space, isReached: undefined } : space,
  ];
}

function milliseconds(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function factor(value: number): string {
  return value.toFixed(2);
}
