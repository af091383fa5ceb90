import type { PausesResult } from '../pauses/measure-pauses.js';
import { table } from '../table.js';

export function pausesTable(results: readonly PausesResult[]): string {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const rows = results.map((result) => [
    result.load,
    String(result.operations),
    String(result.flushes),
    String(result.compactions),
    ms(result.p50Ms),
    ms(result.p99Ms),
    ms(result.p999Ms),
    ms(result.maxMs),
    String(result.failedReads),
  ]);
  const head = [
    'in the background',
    'operations',
    'flushes',
    'compactions',
    'p50',
    'p99',
    'p99.9',
    'max',
    'failed reads',
  ];
  return `\nDelay of the event loop under a random load of half puts and half gets, 64 in flight\n\n${table(head, rows)}\n`;
}
