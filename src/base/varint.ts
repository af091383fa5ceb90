/**
 * Unsigned variable-length integers, seven bits a byte, least significant first (LEB128, as in Protocol Buffers),
 * for safe integers: at most eight bytes.
 */

export const VARINT_BYTES_MAX = 8;

/** Bytes that `value` takes. */
export function varintLength(value: number): number {
  let length = 1;
  while (value >= 0x80) {
    value = value < 0x80000000 ? value >>> 7 : Math.floor(value / 0x80);
    length++;
  }
  return length;
}

/** Writes `value` at `offset` and returns the offset after it. The caller has made room. */
export function writeVarint(target: Uint8Array, offset: number, value: number): number {
  while (value >= 0x80000000) {
    target[offset++] = (value % 0x80) | 0x80;
    value = Math.floor(value / 0x80);
  }
  while (value >= 0x80) {
    target[offset++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  target[offset++] = value;
  return offset;
}

/**
 * Reads one integer after another out of untrusted bytes. A field that runs past the end or past a safe integer is
 * reported through `fail`, which must throw.
 */
export class VarintReader {
  offset: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #fail: (what: string, offset: number) => never;

  constructor(bytes: Uint8Array, start: number, end: number, fail: (what: string, offset: number) => never) {
    this.offset = start;
    this.#bytes = bytes;
    this.#end = end;
    this.#fail = fail;
  }

  get remaining(): number {
    return this.#end - this.offset;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    const start = this.offset;
    for (let count = 0; count < VARINT_BYTES_MAX; count++) {
      if (this.offset >= this.#end) return this.#fail('number runs past the end', start);
      const byte = this.#bytes[this.offset++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) return this.#fail('number is too large', start);
        return value;
      }
      scale *= 0x80;
    }
    return this.#fail('number is too long', start);
  }

  byte(): number {
    if (this.offset >= this.#end) return this.#fail('byte runs past the end', this.offset);
    return this.#bytes[this.offset++]!;
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    if (length > this.remaining) return this.#fail(`${length} bytes run past the end`, this.offset);
    this.offset += length;
    return this.#bytes.subarray(this.offset - length, this.offset);
  }
}
