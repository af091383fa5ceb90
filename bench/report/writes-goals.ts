import type { WritesResult } from '../writes/writes-result.js';
import { under, type Goal } from './goals.js';

const SLOWEST_MS_MAX = 250;
const P999_MS_MAX = 50;
const OWN_PAUSE_MS_MAX = 50;

/** What writes at full speed are to reach, whatever the peers do. */
export function writesGoals({ slowestMs, p999Ms, longestWorkMs }: WritesResult): Goal[] {
  const pause = 'longest pause without the collector and the wait for a processor';
  return [
    under('slowest write', slowestMs, SLOWEST_MS_MAX, milliseconds),
    under('p99.9', p999Ms, P999_MS_MAX, milliseconds),
    longestWorkMs === undefined
      ? { name: pause, ours: '–', against: `less than ${milliseconds(OWN_PAUSE_MS_MAX)}`, isReached: undefined }
      : under(pause, longestWorkMs, OWN_PAUSE_MS_MAX, milliseconds),
  ];
}

function milliseconds(value: number): string {
  return `${value.toFixed(0)} ms`;
}
