const FIRST_MS = 100;
const LAST_MS = 30_000;

/** How long to wait before trying again after so many failures in a row: doubling, up to half a minute. */
export function retryDelayMs(failures: number): number {
  return Math.min(LAST_MS, FIRST_MS * 2 ** (failures - 1));
}
