import type { Settings } from '../settings/definitions.js';
import { defaultDatabaseOptions, type DatabaseOptions } from '../store/database-options.js';

/** The settings of the node as its database takes them. */
export function databaseOptionsOf({
  log,
  memtable,
  table,
  compaction,
  cache,
  limits,
}: Settings): Partial<DatabaseOptions> {
  const batchBytesMax = Math.max(limits.requestBytesMax, limits.keyBytesMax + limits.valueBytesMax);
  return {
    durability: log.durability,
    syncIntervalMs: log.syncInterval,
    logSegmentBytesMax: log.segmentBytesMax,
    memtableBytesMax: memtable.bytesMax,
    memtableRecordsMax: memtable.recordsMax,
    memtableAgeMsMax: memtable.ageMax,
    hugePages: memtable.hugePages === 'on',
    sealedMemtablesMax: memtable.sealedMax,
    tableBytesMax: table.bytesMax,
    blockBytes: table.blockBytes,
    compression: table.compression,
    blockRestartInterval: table.blockRestartInterval,
    bloomBitsPerKey: table.bloomBitsPerKey,
    separatedValueBytesMin: table.separatedValueBytesMin,
    level0TablesCompact: compaction.level0TablesCompact,
    level0TablesSlow: compaction.level0TablesSlow,
    level0TablesStop: compaction.level0TablesStop,
    levelBytesBase: compaction.levelBytesBase,
    levelRatio: compaction.levelRatio,
    pendingBytesSlow: compaction.pendingBytesSlow,
    pendingBytesStop: compaction.pendingBytesStop,
    settleAfterMs: compaction.settleAfter,
    compactionBytesPerSecondMax: compaction.bytesPerSecondMax,
    background: compaction.background,
    cacheBytesMax: cache.bytesMax,
    mappedBytesMax: cache.mappedBytesMax,
    keyBytesMax: limits.keyBytesMax,
    valueBytesMax: limits.valueBytesMax,
    batchBytesMax,
    inFlightBytesMax: Math.max(defaultDatabaseOptions.inFlightBytesMax, batchBytesMax),
  };
}
