import { assert } from '../../base/assert.js';
import { CacheEntry } from './cache-entry.js';

/** Where the cached pieces of a file are kept, by number, and who gets their memory when they go. */
export interface PieceSlots<Piece> {
  readonly pieces: (Piece | undefined)[];
  /** It is in no slot and nobody holds it: its memory may be used again. */
  freed(piece: Piece): void;
}

/** For pieces that no cache keeps. */
export const NO_SLOTS: PieceSlots<PooledEntry> = { pieces: [], freed: () => undefined };

/**
 * A piece of a file in memory that comes from the cache's pool and goes back to it.
 *
 * Its memory is used again once the piece has left the cache. Who reads it over more than one turn, or while other
 * pieces are loaded, holds it meanwhile; a read that copies out what it found before it does anything else need not.
 */
export abstract class PooledEntry extends CacheEntry {
  /** The piece is the first bytes; what follows means nothing. */
  bytes: Uint8Array;
  #slots: PieceSlots<PooledEntry>;
  #number: number;
  #holders = 0;
  #isInSlot = true;

  constructor(bytes: Uint8Array, slots: PieceSlots<PooledEntry>, number: number) {
    super(bytes.length);
    this.bytes = bytes;
    this.#slots = slots;
    this.#number = number;
  }

  /** Stands for another piece from now on. It has been freed, and nobody looks at it as what it was. */
  protected renew(bytes: Uint8Array, slots: PieceSlots<PooledEntry>, number: number): void {
    assert(this.#holders === 0 && !this.#isInSlot && this.list === 'none', 'a piece in use stays what it is');
    this.charge = bytes.length;
    this.bytes = bytes;
    this.#slots = slots;
    this.#number = number;
    this.#isInSlot = true;
  }

  /** Keeps the memory as it is until `release`. */
  hold(): void {
    this.#holders++;
  }

  release(): void {
    assert(this.#holders > 0, 'a piece is released as often as it was held');
    this.#holders--;
    if (this.#holders === 0 && !this.#isInSlot) this.#slots.freed(this);
  }

  override evict(): boolean {
    this.#slots.pieces[this.#number] = undefined;
    this.#isInSlot = false;
    if (this.#holders === 0) this.#slots.freed(this);
    return true;
  }
}
