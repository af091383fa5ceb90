import { Counter, Gauge, type Registry } from 'prom-client';
import type { DatabaseStatistics } from '../store/statistics.js';

type Labelled = readonly [labels: Readonly<Record<string, string>>, value: number];
/** Name, help, and the value in the statistics: one number, or several with labels. */
type Metric = readonly [
  name: string,
  help: string,
  value: (statistics: DatabaseStatistics) => number | readonly Labelled[],
];

const SECOND_MS = 1000;
const NO_LABELS: Readonly<Record<string, string>> = {};

const gauges: readonly Metric[] = [
  ['corecache_store_sequence', 'Sequence of the last write that reads see', (s) => s.lastSequence],
  ['corecache_writes_in_flight', 'Writes given to the log and not answered', (s) => s.writes.inFlight],
  ['corecache_writes_in_flight_bytes', 'Bytes of the writes in flight', (s) => s.writes.inFlightBytes],
  ['corecache_writes_waiting', 'Writes held back before the log', (s) => s.writes.waiting],
  ['corecache_scans_open', 'Scans being read', (s) => s.openScans],
  ['corecache_snapshots_open', 'Snapshots held', (s) => s.openSnapshots],
  [
    'corecache_store_failed',
    '1 when writes are refused after a failure of the log',
    (s) => Number(s.failure !== undefined),
  ],
  ['corecache_log_segments', 'Segments of the commit log', (s) => s.log.segmentCount],
  ['corecache_log_bytes', 'Bytes of the commit log', (s) => s.log.bytes],
  ['corecache_log_unsynced_bytes', 'Bytes written to the log and not synced', (s) => s.log.unsyncedBytes],
  ['corecache_memtable_bytes', 'Bytes of the active memtable', (s) => s.tree.memtable.activeBytes],
  ['corecache_memtable_entries', 'Entries of the active memtable', (s) => s.tree.memtable.activeEntries],
  ['corecache_memtable_sealed', 'Memtables waiting for their flush', (s) => s.tree.memtable.sealedCount],
  ['corecache_memtable_sealed_bytes', 'Bytes waiting for their flush', (s) => s.tree.memtable.sealedBytes],
  ['corecache_tables', 'Tables by level', (s) => byLevel(s, 'tableCount')],
  ['corecache_table_bytes', 'Bytes of tables by level', (s) => byLevel(s, 'bytes')],
  ['corecache_table_raw_bytes', 'Keys and values in tables as they were given', (s) => s.tree.rawBytes],
  ['corecache_value_files', 'Value files', (s) => s.tree.valueFileCount],
  ['corecache_value_file_bytes', 'Bytes of value files', (s) => s.tree.valueFileBytes],
  ['corecache_value_garbage_bytes', 'Bytes of values that no table refers to', (s) => s.tree.valueGarbageBytes],
  ['corecache_table_entries', 'Entries in tables, all versions counted', (s) => s.tree.entryCount],
  ['corecache_table_tombstones', 'Deletes in tables', (s) => s.tree.tombstoneCount],
  ['corecache_flush_running', '1 while a flush runs', (s) => Number(s.tree.flush.isRunning)],
  ['corecache_compaction_running', '1 while a compaction runs', (s) => Number(s.tree.compaction.isRunning)],
  ['corecache_compaction_pending_bytes', 'Bytes above the targets of their levels', (s) => s.tree.pendingBytes],
  ['corecache_cache_bytes', 'Bytes in the block cache', (s) => s.cache.bytes],
  ['corecache_cache_bytes_max', 'Bytes the block cache may hold', (s) => s.cache.bytesMax],
  ['corecache_mapped_bytes', 'Bytes of tables mapped into memory', (s) => s.cache.mappedBytes],
  ['corecache_mapped_bytes_max', 'Bytes of tables that may be mapped into memory', (s) => s.cache.mappedBytesMax],
  ['corecache_stall_stopped', '1 while writes wait for the tree', (s) => Number(s.tree.stall.isStopped)],
];

const counters: readonly Metric[] = [
  ['corecache_log_appends_total', 'Records appended to the log', (s) => s.log.recordCount],
  ['corecache_log_appended_bytes_total', 'Bytes appended to the log', (s) => s.log.appendedBytes],
  ['corecache_log_groups_total', 'Writes of the log: records that arrive together share one', (s) => s.log.groupCount],
  ['corecache_log_syncs_total', 'Syncs of the log', (s) => s.log.syncCount],
  ['corecache_log_sync_seconds_total', 'Time spent in syncs of the log', (s) => s.log.syncMs / SECOND_MS],
  ['corecache_flush_total', 'Flushes', (s) => s.tree.flush.count],
  ['corecache_flush_failures_total', 'Flushes that failed', (s) => s.tree.flush.failures],
  ['corecache_flush_written_bytes_total', 'Bytes written by flushes', (s) => s.tree.flush.bytesWritten],
  ['corecache_flush_seconds_total', 'Time spent in flushes', (s) => s.tree.flush.milliseconds / SECOND_MS],
  ['corecache_compaction_total', 'Compactions', (s) => s.tree.compaction.count],
  ['corecache_compaction_failures_total', 'Compactions that failed', (s) => s.tree.compaction.failures],
  ['corecache_compaction_read_bytes_total', 'Bytes read by compactions', (s) => s.tree.compaction.bytesRead],
  ['corecache_compaction_written_bytes_total', 'Bytes written by compactions', (s) => s.tree.compaction.bytesWritten],
  [
    'corecache_compaction_seconds_total',
    'Time spent in compactions',
    (s) => s.tree.compaction.milliseconds / SECOND_MS,
  ],
  ['corecache_compaction_dropped_total', 'Entries dropped by compactions', (s) => s.tree.compaction.entriesDropped],
  ['corecache_cache_hits_total', 'Blocks found in the cache', (s) => s.cache.hits],
  ['corecache_cache_misses_total', 'Blocks that were not in the cache', (s) => s.cache.misses],
  ['corecache_cache_index_reads_total', 'Index pages read from disk', (s) => s.cache.indexReads],
  ['corecache_cache_row_hits_total', 'Reads of hot keys answered by their copies', (s) => s.cache.rowHits],
  ['corecache_cache_evictions_total', 'Blocks and index pages pushed out of the cache', (s) => s.cache.evictions],
  ['corecache_stall_waits_total', 'Times a write was delayed, by cause', (s) => byCause(s.tree.stall.waits, 1)],
  [
    'corecache_stall_seconds_total',
    'Time writes were delayed, by cause',
    (s) => byCause(s.tree.stall.waitedMs, SECOND_MS),
  ],
];

/**
 * The engine's numbers, read once for each time they are asked for. Counters of the engine start at zero when the store
 * is opened, as those of a process do when it starts.
 */
export class EngineMetrics {
  readonly #apply: ((statistics: DatabaseStatistics) => void)[] = [];

  constructor(registry: Registry) {
    const registers = [registry];
    for (const [name, help, value] of gauges) {
      const gauge = new Gauge({ name, help, labelNames: labelNamesOf(name), registers });
      this.#apply.push((statistics) => {
        gauge.reset();
        for (const [labels, number] of labelled(value(statistics))) gauge.set(labels, number);
      });
    }
    for (const [name, help, value] of counters) {
      const counter = new Counter({ name, help, labelNames: labelNamesOf(name), registers });
      this.#apply.push((statistics) => {
        counter.reset();
        for (const [labels, number] of labelled(value(statistics))) counter.inc(labels, number);
      });
    }
  }

  update(statistics: DatabaseStatistics): void {
    for (const apply of this.#apply) apply(statistics);
  }
}

function byLevel({ tree }: DatabaseStatistics, field: 'tableCount' | 'bytes'): Labelled[] {
  return tree.levels.map((level) => [{ level: String(level.level) }, level[field]]);
}

function byCause(values: Readonly<Record<string, number>>, divisor: number): Labelled[] {
  return Object.entries(values).map(([cause, value]) => [{ cause }, value / divisor]);
}

function labelled(value: number | readonly Labelled[]): readonly Labelled[] {
  return typeof value === 'number' ? [[NO_LABELS, value]] : value;
}

function labelNamesOf(name: string): string[] {
  if (name === 'corecache_tables' || name === 'corecache_table_bytes') return ['level'];
  return name.startsWith('corecache_stall_') && name.endsWith('_total') ? ['cause'] : [];
}
