import { table } from '../table.js';

/** One thing that CoreCache is to reach, and what came of it. */
export interface Goal {
  readonly name: string;
  readonly ours: string;
  /** What it is held against: the peer's figure, that with fewer keys, or a limit. */
  readonly against: string;
  /** Absent where it could not be told: the peer was not run, or the system does not count it. */
  readonly isReached: boolean | undefined;
}

/** The goal of staying below a limit. */
export function under(name: string, value: number, limit: number, format: (value: number) => string): Goal {
  return { name, ours: format(value), against: `less than ${format(limit)}`, isReached: value < limit };
}

export function goalsTable(goals: readonly Goal[]): string {
  const rows = goals.map(({ name, ours, against, isReached }) => [name, ours, against, verdict(isReached)]);
  return table(['goal', 'corecache', 'against', 'reached'], rows);
}

function verdict(isReached: boolean | undefined): string {
  if (isReached === undefined) return 'not measured';
  return isReached ? 'yes' : 'NO';
}
