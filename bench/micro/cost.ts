/** What a step of some work takes of a processor. */
export interface Cost {
  readonly step: string;
  /** Of processor time, all threads together, for one operation; or of waits for it, where the step says so. */
  readonly nanoseconds: number;
}

/** As many measurements, of which the least counts: what disturbs only ever adds. The first also warm the code up. */
const ROUNDS = 8;

export async function leastNanoseconds(operations: number, work: () => void | Promise<void>): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, ((user + system) * 1000) / operations);
  }
  return least;
}
