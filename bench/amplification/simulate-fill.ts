import { GRANDPARENT_TABLES_MAX, type Choice } from '#engine/lsm/compaction/choice.js';
import { CUT_SHARE_MIN } from '#engine/lsm/compaction/table-outputs.js';
import { bytesOf } from '#engine/lsm/compaction/level-targets.js';
import { Version } from '#engine/lsm/manifest/version.js';
import {
  cutStretches,
  ENTRY_BYTES,
  mergedStretches,
  simulatedTable,
  stretchOf,
  type Stretch,
} from './simulated-table.js';

/** What is compacted next, and how large tables become. */
export interface Policy {
  readonly name: string;
  readonly tableBytesMax: number;
  /** @param isQuiet nobody is writing */
  choose(version: Version, isQuiet: boolean): Choice | undefined;
}

export interface Fill {
  readonly keyCount: number;
  /** How often every key is written: once, in random order, and then again and again. */
  readonly passes: number;
  readonly memtableBytes: number;
}

/** Ratios to the bytes written by the user in this pass, or to the bytes of live data. */
export interface PassResult {
  readonly writeAmplification: number;
  /** Right after the last flush; when nothing is left to do while writes go on; and when they have stopped. */
  readonly spaceAmplification: number;
  readonly spaceAmplificationAtRest: number;
  /** Bytes by level at rest. */
  readonly levels: readonly number[];
  readonly compactions: number;
  /** Largest number of level-0 tables at rest. */
  readonly sortedRuns: number;
}

/** Nothing of this kind is taken into account: compactions end at once, before the next flush. */
export function simulateFill(policy: Policy, { keyCount, passes, memtableBytes }: Fill): PassResult[] {
  const tree = new SimulatedTree(policy, keyCount);
  const perFlush = Math.floor(memtableBytes / ENTRY_BYTES);
  const results: PassResult[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const before = tree.bytesWritten;
    const compactionsBefore = tree.compactions;
    for (let written = 0; written < keyCount; written += perFlush) {
      tree.flush(Math.min(perFlush, keyCount - written));
      tree.compact(pass === 0, false);
    }
    const live = keyCount * ENTRY_BYTES;
    const busy = tree.bytes / live;
    const sortedRuns = tree.sortedRuns;
    tree.compact(pass === 0, true);
    results.push({
      writeAmplification: (tree.bytesWritten - before) / live,
      spaceAmplification: busy,
      spaceAmplificationAtRest: tree.bytes / live,
      levels: tree.levelBytes,
      compactions: tree.compactions - compactionsBefore,
      sortedRuns,
    });
  }
  return results;
}

class SimulatedTree {
  bytesWritten = 0;
  compactions = 0;
  readonly #policy: Policy;
  readonly #keyCount: number;
  #version = Version.empty;
  #nextNumber = 1;

  constructor(policy: Policy, keyCount: number) {
    this.#policy = policy;
    this.#keyCount = keyCount;
  }

  get bytes(): number {
    return bytesOf(this.#version.tables());
  }

  get levelBytes(): number[] {
    return this.#version.levels.map(bytesOf);
  }

  get sortedRuns(): number {
    const [level0 = [], ...below] = this.#version.levels;
    return level0.length + below.filter((tables) => tables.length > 0).length;
  }

  flush(entryCount: number): void {
    this.#add(0, [{ start: 0, end: this.#keyCount, entryCount }], []);
  }

  compact(areKeysDistinct: boolean, isQuiet: boolean): void {
    for (;;) {
      const choice = this.#policy.choose(this.#version, isQuiet);
      if (choice === undefined) return;
      this.#carryOut(choice, areKeysDistinct);
    }
  }

  #carryOut(choice: Choice, areKeysDistinct: boolean): void {
    const { kind, inputLevel, outputLevel, inputs, overlaps } = choice;
    const removed = [
      ...inputs.map(({ fileNumber }) => ({ level: inputLevel, fileNumber })),
      ...overlaps.map(({ fileNumber }) => ({ level: outputLevel, fileNumber })),
    ];
    if (kind === 'move') {
      this.#version = this.#version.apply({
        removed,
        added: inputs.map((table) => ({ level: outputLevel, table })),
      });
      return;
    }
    this.compactions++;
    const upper = inputLevel === 0 ? inputs.map((table) => [table]) : [inputs];
    const runs = [...upper, overlaps].map((run) => run.map(stretchOf));
    this.#add(outputLevel, this.#outputs(mergedStretches(runs, areKeysDistinct), outputLevel), removed);
  }

  #outputs(stretches: readonly Stretch[], outputLevel: number): Stretch[] {
    const { tableBytesMax } = this.#policy;
    const grandparents = (this.#version.levels[outputLevel + 1] ?? []).map(stretchOf);
    let first = 0;
    return cutStretches(stretches, tableBytesMax / ENTRY_BYTES, ({ start, end, entryCount }) => {
      if (entryCount * ENTRY_BYTES < tableBytesMax / CUT_SHARE_MIN) return false;
      while (first < grandparents.length && grandparents[first]!.end <= start) first++;
      let overlapped = 0;
      for (let i = first; i < grandparents.length && grandparents[i]!.start < end; i++) {
        overlapped += grandparents[i]!.entryCount * ENTRY_BYTES;
      }
      return overlapped > GRANDPARENT_TABLES_MAX * tableBytesMax;
    });
  }

  #add(level: number, stretches: readonly Stretch[], removed: Parameters<Version['apply']>[0]['removed']): void {
    const added = stretches.map((stretch) => ({ level, table: simulatedTable(this.#nextNumber++, stretch) }));
    for (const { table } of added) this.bytesWritten += table.dataBytes;
    this.#version = this.#version.apply({ removed, added });
  }
}
