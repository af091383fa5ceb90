const ROUNDS = 4;

/**
 * Every number below `length` once, in an order that looks random and is the same for the same seed, worked out for each
 * position by itself: an order of fifty million keys takes no memory.
 *
 * A number is a cell of a grid just large enough. A round moves each row by a distance that is a hash of the row, or each
 * column by a hash of the column, so it maps the grid onto itself one to one, and so do four of them (a Feistel network;
 * Black and Rogaway, Ciphers with Arbitrary Finite Domains, 2002). A cell that lies beyond `length` is mapped once more until it does not;
 * there are fewer of those than the grid has rows.
 */
export class Permutation {
  readonly length: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #seed: number;

  /** @param length 1 to 2 ** 32 */
  constructor(length: number, seed: number) {
    this.length = length;
    this.#columns = Math.ceil(Math.sqrt(length));
    this.#rows = Math.ceil(length / this.#columns);
    this.#seed = Math.imul(seed, 0x9e3779b1);
  }

  at(position: number): number {
    let cell = position;
    do cell = this.#permute(cell);
    while (cell >= this.length);
    return cell;
  }

  /** The first numbers of the order. */
  first(count: number): Uint32Array {
    return Uint32Array.from({ length: Math.min(count, this.length) }, (_, i) => this.at(i));
  }

  #permute(cell: number): number {
    let row = Math.floor(cell / this.#columns);
    let column = cell % this.#columns;
    for (let round = 0; round < ROUNDS; round += 2) {
      column = (column + hash(row, this.#seed + round)) % this.#columns;
      row = (row + hash(column, this.#seed + round + 1)) % this.#rows;
    }
    return row * this.#columns + column;
  }
}

/** A mix of multiplications and shifts in which every bit of the input reaches every bit of the result. */
function hash(value: number, seed: number): number {
  let mixed = Math.imul(value ^ seed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
