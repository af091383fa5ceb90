import { copyOf } from '../../../base/bytes.js';

/**
 * A short key at or after `last` and before `next`, or `last` itself. One byte longer than it need be: so it stays
 * close to `last`, and what lies between it and `next` can be known to be empty.
 */
export function separatorBetween(last: Uint8Array, next: Uint8Array): Uint8Array {
  let at = 0;
  while (at < last.length && last[at] === next[at]) at++;
  // Behind the first difference any byte will do that is greater than that of `last`.
  do at++;
  while (last[at] === 0xff);
  if (at >= last.length - 1) return last;
  const separator = copyOf(last, 0, at + 1);
  separator[at] = separator[at]! + 1;
  return separator;
}

/** The shortest key after `last` and not after `next`; `undefined` when they are the same. */
export function startBetween(last: Uint8Array, next: Uint8Array): Uint8Array | undefined {
  let shared = 0;
  while (shared < last.length && last[shared] === next[shared]) shared++;
  return shared === next.length ? undefined : next.subarray(0, shared + 1);
}
