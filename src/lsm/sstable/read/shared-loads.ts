import type { PooledEntry } from '../../cache/pooled-entry.js';

/**
 * Who waits for a piece of a file. Called once, and not to throw: an error that comes of the piece is the waiter's own.
 */
export interface Waiter<Piece> {
  /** The piece is there now; to read it later, hold it. */
  loaded(piece: Piece): void;
  failed(error: unknown): void;
}

/** Who waits for the pieces of a file that are on their way: loads of one piece that overlap share one read. */
export class SharedLoads<Piece extends PooledEntry> {
  readonly #waiting = new Map<number, Waiter<Piece>[]>();

  has(number: number): boolean {
    return this.#waiting.has(number);
  }

  /** True for the first who waits for a piece: it is for the caller to read it, and to tell by `end`. */
  begin(number: number, waiter: Waiter<Piece>): boolean {
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) this.#waiting.set(number, [waiter]);
    else waiting.push(waiter);
    return waiting === undefined;
  }

  /**
   * Hands what a read came to to all who wait for it. All get it in this turn, one after the other: until a waiter
   * holds the piece or has done with it nothing else is read.
   * @param take the piece, held
   */
  end(number: number, take: () => Piece): void {
    const waiting = this.#waiting.get(number)!;
    this.#waiting.delete(number);
    let piece: Piece;
    try {
      piece = take();
    } catch (error) {
      for (const waiter of waiting) waiter.failed(error);
      return;
    }
    // Held: one that goes on to read more could push the piece out before the next has seen it.
    for (const waiter of waiting) waiter.loaded(piece);
    piece.release();
  }
}
