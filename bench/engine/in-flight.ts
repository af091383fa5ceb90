/** Keeps `lanes` operations under way until `count` are done. */
export async function inFlight(
  lanes: number,
  count: number,
  operation: (i: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await operation(next++);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
}
