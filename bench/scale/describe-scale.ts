import type { ScaleResult } from './scale-result.js';

/** What was measured, as text: results of the same are shown beside each other, and no others. */
export function describeScale(result: ScaleResult): string {
  const { keyCount, valueBytes, compression, samples, quietSeconds, fill } = result;
  const entries = `${keyCount.toLocaleString('en')} keys of 16 bytes, values of ${valueBytes} bytes`;
  const written = `${fill.overwrite ? ', each written twice' : ''}${compression ? ', with compression' : ''}`;
  const reads = `${samples.toLocaleString('en')} operations of each workload that reads`;
  return `${entries}${written}; ${reads}; settled when no file has changed for ${quietSeconds} s`;
}
