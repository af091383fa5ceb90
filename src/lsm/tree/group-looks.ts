import type { Table } from '../sstable/table.js';
import type { LiveTable } from './live-version.js';

/** Keys of a group at most: what is brought near for all of them together has to fit the processor's own caches. */
export const GROUP_KEYS_MAX = 64;

/** Keys of a group, each with where in a run to go on looking for it. */
export class GroupLooks<Piece> {
  count = 0;
  /** Of the key in its group. */
  readonly numbers = new Int32Array(GROUP_KEYS_MAX);
  readonly owners: LiveTable[] = [];
  readonly tables: Table[] = [];
  /** The number of the page, or the block, in its table. */
  readonly places = new Int32Array(GROUP_KEYS_MAX);
  readonly pieces: Piece[] = [];
  /** Of a block in the piece. */
  readonly starts = new Float64Array(GROUP_KEYS_MAX);
  readonly ends = new Float64Array(GROUP_KEYS_MAX);

  add(number: number, owner: LiveTable, table: Table, place: number, piece: Piece, start = 0, end = 0): void {
    const at = this.count++;
    this.numbers[at] = number;
    this.owners[at] = owner;
    this.tables[at] = table;
    this.places[at] = place;
    this.pieces[at] = piece;
    this.starts[at] = start;
    this.ends[at] = end;
  }
}
