/** What was caught, as the reason of a promise: calls that answer with a promise never throw. */
export function asError(caught: unknown): Error {
  return caught instanceof Error ? caught : new Error(String(caught));
}
