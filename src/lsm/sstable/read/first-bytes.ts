/**
 * Buffers for pieces of a file are longer than these. A plain view: a `Buffer`'s `subarray` costs several times as
 * much.
 */
export function firstBytes(buffer: Uint8Array, length: number): Uint8Array {
  return buffer.length === length ? buffer : new Uint8Array(buffer.buffer, buffer.byteOffset, length);
}
