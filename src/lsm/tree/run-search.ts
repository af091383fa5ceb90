import { compareBytes } from '../../base/bytes.js';
import { NO_SLOTS } from '../cache/pooled-entry.js';
import { IndexPage } from '../sstable/index/index-page.js';
import { encodePage } from '../sstable/index/page-format.js';
import type { TableSummary } from '../sstable/table-summary.js';

type KeySpan = Pick<TableSummary, 'firstKey' | 'lastKey'>;

/** Which table of a run may hold a key: found by their last keys, as a block is in an index page. */
export class RunSearch<Table extends KeySpan> {
  readonly #tables: readonly Table[];
  readonly #lastKeys: IndexPage;

  /** @param tables one at least, in key order without overlap */
  constructor(tables: readonly Table[]) {
    const notes = tables.map(({ lastKey }, i) => ({ separator: lastKey, end: i, start: undefined }));
    const page = encodePage(0, notes, undefined);
    this.#tables = tables;
    this.#lastKeys = new IndexPage(page, page.length, NO_SLOTS, 0, '', 0);
  }

  tableFor(key: Uint8Array): Table | undefined {
    const table = this.#tables[this.#lastKeys.find(key)];
    return table !== undefined && compareBytes(table.firstKey, key) <= 0 ? table : undefined;
  }
}
