import { CoreCacheError } from './errors.js';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

export const DURATION_FORM = 'a whole number and a unit: ms, s, m, h or d, such as 250ms or 30s';

/** Milliseconds of a duration such as `250ms`, `30s`, `5m`, `2h`, `1d`; `undefined` when the text is not one. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,15})(ms|s|m|h|d)$/.exec(text);
  const unit = UNITS.find(([name]) => name === match?.[2]);
  if (match === null || unit === undefined) return undefined;
  const milliseconds = Number(match[1]) * unit[1];
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

/** @throws CoreCacheError `INVALID_ARGUMENT` naming `what` */
export function requireDuration(text: string, what: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) {
    throw new CoreCacheError('INVALID_ARGUMENT', `${what}: ${text} is not a duration; write ${DURATION_FORM}`);
  }
  return milliseconds;
}

/** The shortest form: 60,000 is `1m`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  const [name, size] = UNITS.find(([, unit]) => milliseconds % unit === 0) ?? ['ms', 1];
  return `${milliseconds / size}${name}`;
}
