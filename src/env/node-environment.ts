import type { Environment } from './environment.js';
import type { Logger } from './logger.js';
import { NodeFileSystem } from './node-file-system.js';
import { silentLogger } from './silent-logger.js';
import { SystemClock } from './system-clock.js';
import { SystemRandomness } from './system-randomness.js';

/** The machine as it is. Without a logger nothing is logged. */
export function nodeEnvironment({ logger = silentLogger }: { logger?: Logger } = {}): Environment {
  return {
    fileSystem: new NodeFileSystem(),
    clock: new SystemClock(),
    randomness: new SystemRandomness(),
    logger,
  };
}
