import { describe, expect, it } from 'vitest';
import { scaleGoals } from '../../bench/report/scale-goals.js';
import type { FillPass, ScaleResult } from '../../bench/scale/scale-result.js';
import { useWorkloadNames } from '../../bench/scale/use-stage.js';

const MIB = 1024 * 1024;

interface Figures {
  readonly rate: number;
  readonly openMs: number;
  readonly peakMiB: number;
  readonly written: number;
  readonly space: number;
}

function result({ rate, openMs, peakMiB, written, space }: Figures): ScaleResult {
  const memory = { peakResidentBytes: peakMiB * MIB, peakAnonymousBytes: undefined, samples: [] };
  const fillrandom: FillPass = {
    ...{ rate, settleSeconds: 1, bytesOnDisk: 1, spaceAmplification: space, writeAmplification: written },
  };
  return {
    ...{ engine: 'corecache', settings: '', keyCount: 10, valueBytes: 100, compression: false, samples: 1 },
    quietSeconds: 5,
    fill: { settings: '', fillrandom, overwrite: undefined, closeMs: 1, memory },
    openOfTenth: { openMs: 100, firstReadMs: 1, reopenMs: 50 },
    memoryOfTenth: { writing: 200 * MIB, reading: 200 * MIB },
    use: {
      open: { openMs, firstReadMs: 1, reopenMs: openMs / 2 },
      rates: Object.fromEntries(useWorkloadNames.map((name) => [name, rate])),
      memory,
    },
  };
}

const good: Figures = { rate: 100, openMs: 150, peakMiB: 260, written: 5, space: 1.1 };
const peer = result(good);

function missed(changed: Partial<Figures>): string[] {
  const goals = scaleGoals(result({ ...good, ...changed }), peer);
  return goals.filter(({ isReached }) => isReached !== true).map(({ name }) => name);
}

describe('the goals at scale', () => {
  it('are all reached by what is as good as the peer, and within the limits', () => {
    expect(missed({})).toEqual([]);
  });

  it('are each missed by what falls short of it', () => {
    expect(missed({ rate: 99 })).toEqual(useWorkloadNames.map((name) => `${name}: no slower than LevelDB`));
    expect(missed({ openMs: 1000 })).toHaveLength(2);
    expect(missed({ openMs: 200 })).toEqual(['opens in less than 2 × the time of a tenth of the keys']);
    expect(missed({ peakMiB: 265 })).toHaveLength(2);
    expect(missed({ peakMiB: 512 })).toHaveLength(4);
    expect(missed({ written: 5.1 })).toEqual(['fillrandom: written / given, no more than LevelDB']);
    expect(missed({ space: 1.2 })).toEqual(['fillrandom: on disk / live, settled']);
  });

  it('are not told of where there is nothing to hold them against', () => {
    const unknown = scaleGoals(peer, undefined).filter(({ isReached }) => isReached === undefined);
    expect(unknown.map(({ name }) => name)).toEqual([
      ...useWorkloadNames.map((name) => `${name}: no slower than LevelDB`),
      'fillrandom: written / given, no more than LevelDB',
    ]);
  });
});
