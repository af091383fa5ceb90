import type { WritesResult } from './writes-result.js';

/** What was measured, as text: results of the same are shown beside each other, and no others. */
export function describeWrites(result: WritesResult): string {
  const { minutes, keyCount, valueBytes, compression, isDurable } = result;
  const promise = isDurable ? 'durable before the answer' : 'handed to the operating system before the answer';
  const entries = `${keyCount.toLocaleString('en')} random keys of 16 bytes, values of ${valueBytes} bytes`;
  return `${minutes} minutes of single puts, 64 in flight, ${promise}; ${entries}${compression ? ', with compression' : ''}`;
}
