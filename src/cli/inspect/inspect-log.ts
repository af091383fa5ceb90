import type { FileSystem } from '../../env/file-system.js';
import { LogRecordKind, type LogRecord } from '../../log/log-record.js';
import { readSegment } from '../../log/segment-reader.js';
import { BatchReader } from '../../lsm/batch.js';
import { NEVER_EXPIRES, Operation } from '../../lsm/entry.js';
import { shownBytes, type Finding } from './finding.js';

const kindNames = new Map(Object.entries(LogRecordKind).map(([name, kind]) => [kind, name]));

/**
 * A segment of the log, record by record, and the operations of each write. Damage comes last, as a finding of type
 * `damage`; so does what a crash left half written at the end, as `tail`.
 * @throws CoreCacheError `CORRUPTION` or `NEWER_FORMAT` when it does not begin like a segment
 */
export function* inspectLog(fileSystem: FileSystem, path: string): Generator<Finding> {
  for (const item of readSegment(fileSystem, path)) {
    if (item.type === 'header') {
      const { number, previousEnd, salt } = item.header;
      yield { type: 'segment', number, previousEnd, salt: Buffer.from(salt).toString('hex') };
      for (const [partition, { epoch, sequence }] of item.reach) yield { type: 'reached', partition, epoch, sequence };
    } else if (item.type === 'problem') {
      const { offset, what, wasSynced, groupsBehind } = item.problem;
      yield { type: wasSynced ? 'damage' : 'tail', offset, what, groupsBehind };
    } else {
      const { kind, partition, epoch, sequence, payload } = item.record;
      yield {
        type: kindNames.get(kind) ?? 'unknown',
        offset: item.groupOffset,
        partition,
        epoch,
        sequence,
        payloadBytes: payload.length,
      };
      yield* operationsOf(item.record);
    }
  }
}

function* operationsOf({ kind, payload }: LogRecord): Generator<Finding> {
  if (kind !== LogRecordKind.write) return;
  const batch = new BatchReader(payload);
  while (batch.next()) {
    const { entry } = batch;
    yield {
      type: entry.operation === Operation.put ? '  put' : '  delete',
      key: shownBytes(entry.keyBytes.subarray(entry.keyStart, entry.keyEnd)),
      valueBytes: entry.operation === Operation.put ? entry.valueEnd - entry.valueStart : undefined,
      writtenAt: entry.writtenAtMs,
      expiresAt: entry.expiresAtMs === NEVER_EXPIRES ? undefined : entry.expiresAtMs,
      contentType: entry.contentType === '' ? undefined : entry.contentType,
    };
  }
}
