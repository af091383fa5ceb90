import type { Compactor } from '../background/compactor.js';
import type { Flusher } from '../background/flusher.js';
import type { TreeCore } from '../background/tree-core.js';
import { bytesOf, levelTargets, pendingBytes } from '../compaction/level-targets.js';
import { valueGarbageBytes } from '../value-file/clearing.js';
import type { TreeStats } from './tree-stats.js';

/** Gathers what the parts of a tree have counted. */
export function treeStats(
  core: TreeCore,
  flusher: Flusher,
  compactor: Compactor,
  own: Pick<TreeStats, 'lastSequence' | 'lastEpoch' | 'gaps'>,
): TreeStats {
  const { state, options, manifest, snapshots, versions, stall } = core;
  const { version } = state.live;
  const { targetBytes } = levelTargets(version, options);
  const tables = version.tables();
  const failure = core.manifest.failure ?? core.flushFailure ?? core.compactionFailure;
  return {
    ...own,
    flushedSequence: version.flushedSequence,
    memtable: {
      activeBytes: state.active.memtable.bytesUsed,
      activeEntries: state.active.memtable.entryCount,
      sealedCount: state.sealed.length,
      sealedBytes: state.sealed.reduce((bytes, { memtable }) => bytes + memtable.bytesUsed, 0),
    },
    levels: version.levels.map((inLevel, level) => ({
      level,
      tableCount: inLevel.length,
      bytes: bytesOf(inLevel),
      targetBytes: targetBytes[level]!,
    })),
    tableCount: tables.length,
    tableBytes: tables.reduce((bytes, table) => bytes + table.dataBytes + table.indexBytes, 0),
    rawBytes: tables.reduce((bytes, table) => bytes + table.rawBytes, 0),
    valueFileCount: version.valueFiles.length,
    valueFileBytes: version.valueFiles.reduce((sum, { bytes }) => sum + bytes, 0),
    valueGarbageBytes: valueGarbageBytes(version),
    entryCount: tables.reduce((count, table) => count + table.entryCount, 0),
    tombstoneCount: tables.reduce((count, table) => count + table.tombstoneCount, 0),
    pendingBytes: pendingBytes(version, options),
    snapshotCount: snapshots.count,
    versionCount: versions.count,
    manifest: manifest.stats,
    flush: flusher.counter.stats,
    compaction: { ...compactor.counter.stats, tablesMoved: compactor.tablesMoved },
    stall: stall.stats,
    failure: failure?.message,
  };
}
