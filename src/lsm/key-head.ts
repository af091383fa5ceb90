const HEAD_BYTES = 4;

/**
 * The first 31 bits from `start` on as one number; where they end early, as if zeros followed. Of two keys in order, the
 * same up to `start`, the head of the first is not the larger one.
 */
export function headOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start >= HEAD_BYTES) {
    return ((bytes[start]! << 24) | (bytes[start + 1]! << 16) | (bytes[start + 2]! << 8) | bytes[start + 3]!) >>> 1;
  }
  let head = 0;
  for (let at = start; at < start + HEAD_BYTES; at++) head = (head << 8) | (at < end ? bytes[at]! : 0);
  return head >>> 1;
}
