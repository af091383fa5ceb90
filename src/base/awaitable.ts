/** A value that is there at once when it can be, so that a read served from memory costs no promise. */
export type Awaitable<T> = T | Promise<T>;
