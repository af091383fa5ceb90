import type { Clock } from './clock.js';
import type { FileSystem } from './file-system.js';
import type { Logger } from './logger.js';
import type { Randomness } from './randomness.js';

/** All doors to the outside in one value, handed down from the composition root. */
export interface Environment {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly logger: Logger;
}
