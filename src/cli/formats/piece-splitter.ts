import { crc32 } from '../../base/checksum.js';
import { emptyBytes } from '../../base/bytes.js';

/** The bytes of one record in its input, and where they stand. */
export interface Piece {
  /** Exactly as in the input; empty when `isTooLong`. */
  readonly bytes: Uint8Array;
  /** First line, from 1. */
  readonly line: number;
  /** Bytes of the input up to the end of this piece. */
  readonly end: number;
  /** CRC-32 of the input up to there. */
  readonly checksum: number;
  readonly isTooLong: boolean;
}

export type PieceEnd = 'line' | 'blank line';

/** Above the largest record that a server could be set to take; more would only fill memory. */
export const PIECE_BYTES_MAX = 256 * 1024 * 1024;

const LINE_FEED = 0x0a;
const separators: Readonly<Record<PieceEnd, Buffer>> = { line: Buffer.from('\n'), 'blank line': Buffer.from('\n\n') };

/**
 * Cuts an input into records: at the end of every line, or at blank lines. A line keeps its line feed; blank lines
 * belong to no record. Memory is bounded: of a record longer than `bytesMax` only its place is kept.
 *
 * Bytes that wait for the end of a long record are joined when they have doubled, so that all the copying together stays
 * in proportion to the input.
 */
export class PieceSplitter {
  readonly #separator: Buffer;
  readonly #bytesMax: number;
  #pending: Buffer = Buffer.from(emptyBytes());
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #line = 1;
  #end = 0;
  #checksum = 0;
  /** First line of a record that is too long and has not ended; 0 for none. */
  #oversizedFrom = 0;

  constructor(end: PieceEnd, bytesMax = PIECE_BYTES_MAX) {
    this.#separator = separators[end];
    this.#bytesMax = bytesMax;
  }

  /** The records that end in this chunk. It is kept: its owner must not write into it again. */
  push(chunk: Uint8Array): Piece[] {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    return this.#waitingBytes >= this.#pending.length ? this.#cut() : [];
  }

  /** What is left when the input has ended: at most one record, without its end. */
  finish(): Piece[] {
    const pieces = this.#cut();
    if (this.#pending.length > 0 || this.#oversizedFrom > 0) pieces.push(this.#take(this.#pending.length));
    return pieces;
  }

  #cut(): Piece[] {
    const searched = Math.max(0, this.#pending.length - this.#separator.length + 1);
    this.#pending = Buffer.concat([this.#pending, ...this.#waiting]);
    this.#waiting = [];
    this.#waitingBytes = 0;
    const pieces: Piece[] = [];
    this.#skipBlankLines();
    let at = this.#pending.indexOf(this.#separator, Math.min(searched, this.#pending.length));
    while (at >= 0) {
      pieces.push(this.#take(at + 1));
      this.#skipBlankLines();
      at = this.#pending.indexOf(this.#separator);
    }
    if (this.#pending.length > this.#bytesMax) this.#dropOversized();
    return pieces;
  }

  #take(length: number): Piece {
    const bytes = this.#pending.subarray(0, length);
    const wasOversized = this.#oversizedFrom > 0;
    const line = wasOversized ? this.#oversizedFrom : this.#line;
    const isTooLong = wasOversized || length > this.#bytesMax;
    this.#oversizedFrom = 0;
    this.#pass(length);
    return { bytes: isTooLong ? emptyBytes() : bytes, line, end: this.#end, checksum: this.#checksum, isTooLong };
  }

  /** All but what may be the first half of the separator. */
  #dropOversized(): void {
    if (this.#oversizedFrom === 0) this.#oversizedFrom = this.#line;
    this.#pass(this.#pending.length - this.#separator.length + 1);
  }

  #skipBlankLines(): void {
    if (this.#separator.length === 1 || this.#oversizedFrom > 0) return;
    let blank = 0;
    while (this.#pending[blank] === LINE_FEED) blank++;
    if (blank > 0) this.#pass(blank);
  }

  #pass(length: number): void {
    const bytes = this.#pending.subarray(0, length);
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) this.#line++;
    this.#end += length;
    this.#checksum = crc32(bytes, this.#checksum);
    this.#pending = this.#pending.subarray(length);
  }
}

export async function* readPieces(chunks: AsyncIterable<Uint8Array>, end: PieceEnd): AsyncGenerator<Piece> {
  const splitter = new PieceSplitter(end);
  for await (const chunk of chunks) yield* splitter.push(chunk);
  yield* splitter.finish();
}
