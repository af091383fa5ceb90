import { describe, expect, it } from 'vitest';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { SeededRandomness } from '../../../src/env/simulated/seeded-randomness.js';
import type { TreeSnapshot } from '../../../src/lsm/tree/snapshot-list.js';
import type { TreeOptions } from '../../../src/lsm/tree-options.js';
import { GROUP_KEYS_MAX } from '../../../src/lsm/tree/group-looks.js';
import { bytes, put, remove, TreeUnderTest } from './tree-under-test.js';

/** What the tree is compared with: a sorted list of values, copied for each snapshot. */
interface Value {
  readonly value: string;
  readonly expiresAtMs: number;
}
type Twin = ReadonlyMap<string, Value>;

const optionSets: Readonly<Record<string, Partial<TreeOptions>>> = {
  tiny: {},
  'one record a memtable': { memtableRecordsMax: 1 },
  'no filter, restart at every entry': { bloomBitsPerKey: 0, blockRestartInterval: 1, blockBytes: 64 },
  'an index page for each block': { indexPageBlocks: 1, blockBytes: 64 },
  'narrow levels': { levelRatio: 2, levelBytesBase: 1024, tableBytesMax: 512 },
  'large memtable': { memtableBytesMax: 1 << 20 },
  'compressed fast': { compression: 'fast' },
  'compressed small': { compression: 'small' },
  'every value separate': { separatedValueBytesMin: 1 },
  'half of the values separate, in small files': { separatedValueBytesMin: 30, tableBytesMax: 512 },
};

describe('a tree does what a sorted map does', () => {
  for (const [name, options] of Object.entries(optionSets)) {
    for (let seed = 1; seed <= 12; seed++) {
      it(`${name}, seed ${seed}`, () => run(seed, options));
    }
  }
});

async function run(seed: number, options: Partial<TreeOptions>): Promise<void> {
  const random = new SeededRandomness(seed);
  const upTo = (n: number): number => Math.floor(random.fraction() * n);
  const keyOf = (): string => `k${String(upTo(60)).padStart(2, '0')}`;
  const fileSystem = new CrashableFileSystem(() => seed % 2 === 0);
  const cacheBytesMax = seed % 3 === 0 ? 2048 : 1 << 20;
  let twin: Twin = new Map();
  let subject = await TreeUnderTest.open({ fileSystem, options, cacheBytesMax });
  const { clock } = subject;
  let snapshots: { held: TreeSnapshot; twin: Twin }[] = [];

  const write = (): void => {
    const next = new Map(twin);
    const operations = Array.from({ length: 1 + (upTo(4) === 0 ? upTo(12) : 0) }, () => {
      const key = keyOf();
      if (upTo(4) === 0) {
        next.delete(key);
        return remove(key);
      }
      const value = `${seed}:${upTo(1e6)}:`.padEnd(upTo(60), '.');
      const expiresAtMs = upTo(5) === 0 ? clock.now() + upTo(5_000_000) : 0;
      next.set(key, { value, expiresAtMs });
      return put(key, value, expiresAtMs);
    });
    subject.write(operations);
    twin = next;
  };

  const check = async (expected: Twin, atSequence?: number): Promise<void> => {
    const visible = [...expected]
      .filter(([, { expiresAtMs }]) => expiresAtMs === 0 || expiresAtMs > clock.now())
      .map(([key, { value }]) => `${key}=${value}`)
      .sort();
    expect(subject.scan({ atSequence })).toEqual(visible);
    expect(subject.scan({ atSequence, isReverse: true })).toEqual(visible.toReversed());
    const [start, end] = [keyOf(), keyOf()].sort() as [string, string];
    const inRange = visible.filter((item) => item.slice(0, 3) >= start && item.slice(0, 3) < end);
    expect(subject.scan({ atSequence, range: { start: bytes(start), end: bytes(end) } })).toEqual(inRange);
    for (let i = 0; i < 5; i++) {
      const key = keyOf();
      const value = visible.find((item) => item.startsWith(`${key}=`))?.slice(key.length + 1);
      expect(subject.get(key, atSequence)).toBe(value);
      expect(await subject.load(key, atSequence)).toBe(value);
    }
    const keys = Array.from({ length: 1 + upTo(GROUP_KEYS_MAX) }, keyOf);
    const values = new Map(visible.map((item) => [item.slice(0, 3), item.slice(4)]));
    expect(subject.getTogether(keys, atSequence)).toEqual(keys.map((key) => values.get(key)));
  };

  const steps: readonly (() => void | Promise<void>)[] = [
    () => subject.tree.flush(),
    () => subject.tree.compact(),
    () => subject.tree.compact({ start: bytes(keyOf()), end: undefined }),
    () => check(twin),
    () => {
      snapshots.push({ held: subject.tree.takeSnapshot(), twin });
    },
    () => {
      snapshots.splice(upTo(snapshots.length), 1)[0]?.held.release();
    },
    async () => {
      for (const { held, twin: then } of snapshots) await check(then, held.sequence);
    },
    () => {
      clock.advance(upTo(1_000_000));
    },
    () => clock.nextTurn(),
    async () => {
      await subject.tree.flush();
      for (const { held } of snapshots) held.release();
      snapshots = [];
      await subject.close();
      subject = await TreeUnderTest.open({ fileSystem, clock, options, cacheBytesMax });
    },
  ];
  for (let i = 0; i < 250; i++) {
    if (upTo(4) > 0) write();
    else await steps[upTo(steps.length)]!();
  }
  await check(twin);
  for (const { held } of snapshots) held.release();
  await subject.tree.compact();
  await check(twin);
  expect(subject.failures).toEqual([]);
  expect((await subject.tree.verify()).problems).toEqual([]);
  await subject.close();
}
