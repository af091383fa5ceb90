/** A broken promise of our own code. Never caught, never sent to a client: it is meant to stop the process. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/**
 * States what must hold if the program is right. Operating errors (a full disk, a bad request) are
 * `CoreCacheError`, never this.
 *
 * @throws AssertionError when `condition` is false
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Marks a place that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}
