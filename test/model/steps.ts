import type { RangeOptions } from '../../src/lsm/iterator/key-range.js';
import type { Durability } from '../../src/store/operations.js';
import type { Random } from '../support/random.js';

export interface PutStep {
  readonly do: 'put';
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly ttlMs?: number;
  readonly contentType?: string;
}

export interface DeleteStep {
  readonly do: 'delete';
  readonly key: Uint8Array;
}

export interface IncrementStep {
  readonly do: 'increment';
  readonly key: Uint8Array;
  readonly by: number | bigint;
}

export type ConditionalStep = (PutStep | DeleteStep) & { readonly condition?: Condition };

export type Condition = 'absent' | 'present' | 'current' | 'outdated';

export interface BatchStep {
  readonly do: 'batch';
  readonly operations: readonly ConditionalStep[];
  /** In an array, or in a `Batch` whose operations from `appendFrom` on are appended as a batch of their own. */
  readonly form: 'array' | { readonly appendFrom: number };
}

/** One step of a run, as plain data: it can be printed, left out, and run again. */
export type Step =
  | (ConditionalStep & { readonly durability?: Durability })
  | (IncrementStep & { readonly durability?: Durability })
  | BatchStep
  /** Written without waiting for one another. */
  | { readonly do: 'burst'; readonly operations: readonly (PutStep | DeleteStep | IncrementStep)[] }
  | { readonly do: 'multiGet'; readonly keys: readonly Uint8Array[]; readonly snapshot?: number }
  | { readonly do: 'get' | 'getSync'; readonly key: Uint8Array; readonly snapshot?: number }
  | {
      readonly do: 'scan';
      readonly range: RangeOptions;
      readonly reverse: boolean;
      readonly limit?: number;
      readonly snapshot?: number;
    }
  | { readonly do: 'open scan'; readonly range: RangeOptions; readonly reverse: boolean }
  | { readonly do: 'step scan'; readonly scan: number; readonly count: number }
  | { readonly do: 'take snapshot' | 'flush' | 'reopen' | 'verify' }
  | { readonly do: 'release snapshot'; readonly snapshot: number }
  | { readonly do: 'compact'; readonly range: RangeOptions }
  | { readonly do: 'begin epoch' }
  | { readonly do: 'pass time'; readonly byMs: number };

const conditions = ['absent', 'present', 'current', 'outdated'] as const;

/** Values that count, on the edge of doing so, and just not. */
const numbers = [
  '0',
  '7',
  '-15',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '-0',
  '01',
  '+1',
];

/** The steps of a seed. */
export function stepsOf(random: Random, count: number): Step[] {
  const keys = someKeys(random);
  return Array.from({ length: count }, () => oneStep(random, keys));
}

function oneStep(random: Random, keys: readonly Uint8Array[]): Step {
  const dice = random.below(1000);
  if (dice < 240) return { ...put(random, keys), ...writeExtras(random) };
  if (dice < 280) return { ...increment(random, keys), ...someDurability(random) };
  if (dice < 300) return { do: 'multiGet', keys: someOf(random, keys), ...someSnapshot(random) };
  if (dice < 380) return { do: 'delete', key: random.pick(keys), ...writeExtras(random) };
  if (dice < 430) return batch(random, keys);
  if (dice < 470) {
    const writes = operations(random, keys, 30);
    const steps = writes.map((write) => (random.chance(0.2) ? increment(random, keys) : write));
    return { do: 'burst', operations: steps };
  }
  if (dice < 570) return { do: 'get', key: random.pick(keys), ...someSnapshot(random) };
  if (dice < 650) return { do: 'getSync', key: random.pick(keys), ...someSnapshot(random) };
  if (dice < 750) {
    const limit = random.chance(0.3) ? { limit: random.below(6) } : {};
    return {
      do: 'scan',
      range: someRange(random, keys),
      reverse: random.chance(0.5),
      ...limit,
      ...someSnapshot(random),
    };
  }
  if (dice < 790) return { do: 'open scan', range: someRange(random, keys), reverse: random.chance(0.5) };
  if (dice < 850) return { do: 'step scan', scan: random.below(4), count: 1 + random.below(5) };
  if (dice < 875) return { do: 'take snapshot' };
  if (dice < 895) return { do: 'release snapshot', snapshot: random.below(4) };
  if (dice < 925) return { do: 'flush' };
  if (dice < 940) return { do: 'compact', range: random.chance(0.5) ? {} : someRange(random, keys) };
  if (dice < 960) return { do: 'reopen' };
  if (dice < 965) return { do: 'begin epoch' };
  if (dice < 970) return { do: 'verify' };
  return { do: 'pass time', byMs: random.below(3000) };
}

function operations(random: Random, keys: readonly Uint8Array[], countMax: number): (PutStep | DeleteStep)[] {
  return Array.from({ length: 1 + random.below(countMax) }, () =>
    random.chance(0.75) ? put(random, keys) : { do: 'delete', key: random.pick(keys) },
  );
}

function put(random: Random, keys: readonly Uint8Array[]): PutStep {
  const length = random.chance(0.05) ? random.below(10_000) : random.below(60);
  return {
    do: 'put',
    key: random.pick(keys),
    value: random.chance(0.15) ? Buffer.from(random.pick(numbers)) : random.bytes(length),
    ...(random.chance(0.15) ? { ttlMs: 1 + random.below(8000) } : {}),
    ...(random.chance(0.1) ? { contentType: random.pick(['text/plain', 'application/json; charset=utf-8']) } : {}),
  };
}

function increment(random: Random, keys: readonly Uint8Array[]): IncrementStep {
  const by = random.pick([1, -1, random.below(1000), -(2n ** 62n), 2n ** 62n]);
  return { do: 'increment', key: random.pick(keys), by };
}

function batch(random: Random, keys: readonly Uint8Array[]): BatchStep {
  const steps = operations(random, keys, 12).map((step) =>
    random.chance(0.05) ? { ...step, condition: random.pick(conditions) } : step,
  );
  const form = random.chance(0.4) ? 'array' : { appendFrom: random.below(steps.length + 1) };
  return { do: 'batch', operations: steps, form };
}

function someOf(random: Random, keys: readonly Uint8Array[]): Uint8Array[] {
  return Array.from({ length: random.below(12) }, () => random.pick(keys));
}

function someDurability(random: Random): { durability?: Durability } {
  return random.chance(0.1) ? { durability: random.pick(['fsync', 'interval', 'os'] as const) } : {};
}

function writeExtras(random: Random): { durability?: Durability; condition?: Condition } {
  return {
    ...someDurability(random),
    ...(random.chance(0.25) ? { condition: random.pick(conditions) } : {}),
  };
}

function someSnapshot(random: Random): { snapshot?: number } {
  return random.chance(0.4) ? { snapshot: random.below(4) } : {};
}

function someRange(random: Random, keys: readonly Uint8Array[]): RangeOptions {
  const bound = (): Uint8Array => {
    const key = random.pick(keys);
    return random.chance(0.7) ? key : key.subarray(0, random.below(key.length + 1));
  };
  return {
    ...(random.chance(0.4) ? (random.chance(0.5) ? { gt: bound() } : { gte: bound() }) : {}),
    ...(random.chance(0.4) ? (random.chance(0.5) ? { lt: bound() } : { lte: bound() }) : {}),
    ...(random.chance(0.3) ? { prefix: bound() } : {}),
  };
}

/** Few enough that keys meet again, shaped to share prefixes, end in 0x00 and 0xff, and prefix one another. */
function someKeys(random: Random): Uint8Array[] {
  const stems = Array.from({ length: 6 }, () => random.bytes(1 + random.below(5)));
  return Array.from({ length: 40 }, () => {
    const tail = random.pick([[], [0], [0xff], [0xff, 0xff], [0, 0], [58], [random.below(256)], [...random.bytes(8)]]);
    return Uint8Array.of(...random.pick(stems), ...tail);
  });
}
