/**
 * Asks again until `attempt` returns something other than `undefined`; for what another process does in its own time.
 * Between two questions it gives way for a moment, so that asking does not starve who is asked.
 *
 * @throws Error naming `what` when `withinMs` have passed
 */
export async function eventually<T>(
  what: string,
  withinMs: number,
  attempt: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await attempt();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
