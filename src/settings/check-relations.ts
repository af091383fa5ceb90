import { CoreCacheError } from '../base/errors.js';
import type { Settings } from './definitions.js';

/** What must hold between two settings: the first is at most the second. */
interface Relation {
  readonly smaller: string;
  readonly larger: string;
  readonly holds: (settings: Settings) => boolean;
  readonly because: string;
}

const relations: readonly Relation[] = [
  {
    smaller: 'compaction.level0TablesCompact',
    larger: 'compaction.level0TablesSlow',
    holds: ({ compaction }) => compaction.level0TablesCompact <= compaction.level0TablesSlow,
    because: 'compaction must start before writes are delayed',
  },
  {
    smaller: 'compaction.level0TablesSlow',
    larger: 'compaction.level0TablesStop',
    holds: ({ compaction }) => compaction.level0TablesSlow <= compaction.level0TablesStop,
    because: 'writes are delayed before they are stopped',
  },
  {
    smaller: 'compaction.pendingBytesSlow',
    larger: 'compaction.pendingBytesStop',
    holds: ({ compaction }) => compaction.pendingBytesSlow <= compaction.pendingBytesStop,
    because: 'writes are delayed before they are stopped',
  },
  {
    smaller: 'limits.scanItemsDefault',
    larger: 'limits.scanItemsMax',
    holds: ({ limits }) => limits.scanItemsDefault <= limits.scanItemsMax,
    because: 'a scan without a limit must be within the limit',
  },
  {
    smaller: 'limits.keyBytesMax',
    larger: 'limits.requestBytesMax',
    holds: ({ limits }) => limits.keyBytesMax <= limits.requestBytesMax,
    because: 'a key must fit into a request',
  },
  {
    smaller: 'limits.valueBytesMax',
    larger: 'server.bodyBytesInFlightMax',
    holds: ({ limits, server }) => limits.valueBytesMax <= server.bodyBytesInFlightMax,
    because: 'the largest value must be acceptable',
  },
  {
    smaller: 'limits.requestBytesMax',
    larger: 'server.bodyBytesInFlightMax',
    holds: ({ limits, server }) => limits.requestBytesMax <= server.bodyBytesInFlightMax,
    because: 'the largest request must be acceptable',
  },
  {
    smaller: 'table.blockBytes',
    larger: 'table.bytesMax',
    holds: ({ table }) => table.blockBytes <= table.bytesMax,
    because: 'a table is made of blocks',
  },
  {
    smaller: 'server.headersTimeout',
    larger: 'server.requestTimeout',
    holds: ({ server }) => server.headersTimeout <= server.requestTimeout,
    because: 'the head is a part of the request',
  },
];

/** @throws CoreCacheError `SETTINGS` naming both settings and where each comes from */
export function checkRelations(settings: Settings, placeOf: (key: string) => string): void {
  for (const { smaller, larger, holds, because } of relations) {
    if (holds(settings)) continue;
    throw new CoreCacheError(
      'SETTINGS',
      `${smaller} (${placeOf(smaller)}) must not be above ${larger} (${placeOf(larger)}): ${because}`,
      { data: { smaller, larger } },
    );
  }
}
