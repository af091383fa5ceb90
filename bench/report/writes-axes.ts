import type { WritesResult } from '../writes/writes-result.js';
import { logAxis, type Axis } from './line-panel.js';

export type Second = WritesResult['seconds'][number];

/** Below it nothing is worth the height. */
const LEAST_LATENCY_MS = 0.01;
const LONG_SECONDS = 120;

export function latencyAxis(values: readonly number[]): Axis {
  return logAxis(values, LEAST_LATENCY_MS, milliseconds);
}

export function milliseconds(value: number): string {
  return `${Number(value.toPrecision(1))} ms`;
}

/** The same for all engines: as long as the longest run. */
export function timeAxis(group: readonly WritesResult[]): { readonly xMax: number; x(second: number): string } {
  const xMax = Math.max(...group.map(({ seconds }) => seconds.length), 1);
  const inMinutes = (second: number): string => `${Number((second / 60).toFixed(1))} min`;
  return { xMax, x: xMax >= LONG_SECONDS ? inMinutes : (second) => `${second.toFixed(1)} s` };
}
