import type { Random } from '../../support/random.js';

/** One step of a run, as plain data. Keys are numbers; a queue's entries lie one after the other. */
export type Step =
  | { readonly do: 'push'; readonly side: 'tail' | 'head'; readonly count: number; readonly ttlMs?: number }
  /** Reads the first (or last) key by a scan of one, deletes it, and again. */
  | { readonly do: 'pop'; readonly side: 'tail' | 'head'; readonly count: number; readonly isBounded: boolean }
  /** Somewhere between head and tail, in thousandths of the way; also among what is deleted. */
  | { readonly do: 'put' | 'delete'; readonly at: number; readonly ttlMs?: number }
  | { readonly do: 'delete range'; readonly from: number; readonly to: number }
  | { readonly do: 'scan'; readonly from?: number; readonly to?: number; readonly isReverse: boolean; readonly limit: number; readonly snapshot?: number } // prettier-ignore
  | { readonly do: 'open'; readonly from?: number; readonly to?: number; readonly isReverse: boolean }
  | { readonly do: 'walk'; readonly iterator: number; readonly moves: readonly Move[] }
  | { readonly do: 'snapshot' | 'flush' | 'compact' }
  | { readonly do: 'release'; readonly snapshot: number }
  | { readonly do: 'pass time'; readonly byMs: number };

/** `on` in the iterator's own direction, `back` against it; a seek is in thousandths of the way, as is a put. */
export type Move = 'on' | 'back' | { readonly seek: number } | { readonly seekBefore: number };

export function stepsOf(random: Random, count: number): Step[] {
  return [{ do: 'push', side: 'tail', count: 400 }, ...Array.from({ length: count }, () => oneStep(random))];
}

function oneStep(random: Random): Step {
  const side = random.chance(0.75) ? 'tail' : 'head';
  const dice = random.below(100);
  if (dice < 18) return { do: 'push', side, count: 1 + random.below(60), ...someTtl(random, 0.3) };
  if (dice < 36) {
    return {
      do: 'pop',
      side: random.chance(0.75) ? 'head' : 'tail',
      count: 1 + random.below(60),
      isBounded: random.chance(0.5),
    };
  }
  if (dice < 42) return { do: 'put', at: random.below(1000), ...someTtl(random, 0.3) };
  if (dice < 45) return { do: 'delete', at: random.below(1000) };
  if (dice < 50) {
    const from = random.below(1000);
    return { do: 'delete range', from, to: from + random.below(1000 - from) };
  }
  if (dice < 64) {
    const snapshot = random.chance(0.4) ? { snapshot: random.below(3) } : {};
    const limit = random.chance(0.5) ? 1 + random.below(3) : 10_000;
    return { do: 'scan', ...someRange(random), isReverse: random.chance(0.5), limit, ...snapshot };
  }
  if (dice < 70) return { do: 'open', ...someRange(random), isReverse: random.chance(0.5) };
  if (dice < 84) {
    const moves = Array.from({ length: 1 + random.below(8) }, () => oneMove(random));
    return { do: 'walk', iterator: random.below(3), moves };
  }
  if (dice < 88) return { do: 'snapshot' };
  if (dice < 91) return { do: 'release', snapshot: random.below(3) };
  if (dice < 94) return { do: 'flush' };
  if (dice < 95) return { do: 'compact' };
  // The wall clock may be set back.
  return { do: 'pass time', byMs: random.below(4000) - (random.chance(0.2) ? 3000 : 0) };
}

function oneMove(random: Random): Move {
  if (random.chance(0.75)) return 'on';
  if (random.chance(0.5)) return 'back';
  return random.chance(0.5) ? { seek: random.below(1000) } : { seekBefore: random.below(1000) };
}

function someTtl(random: Random, chance: number): { ttlMs?: number } {
  return random.chance(chance) ? { ttlMs: 1 + random.below(5000) } : {};
}

function someRange(random: Random): { from?: number; to?: number } {
  return {
    ...(random.chance(0.4) ? { from: random.below(1000) } : {}),
    ...(random.chance(0.4) ? { to: random.below(1000) } : {}),
  };
}
