import type { GivenValue } from './setting-kinds.js';

/** A value as someone gave it, and where, in words, for the message when it is wrong. */
export interface Given {
  readonly value: GivenValue;
  readonly place: string;
  /** What a relative path is resolved against. */
  readonly folder: string;
}
