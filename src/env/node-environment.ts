import type { Environment } from './environment.js';
import { InlineReads } from './inline-reads.js';
import type { Logger } from './logger.js';
import { NodeFileSystem } from './node-file-system.js';
import { silentLogger } from './silent-logger.js';
import { SystemClock } from './system-clock.js';
import { systemReadSigns } from './system-read-signs.js';
import { SystemRandomness } from './system-randomness.js';

/** One for all databases of the process: they share the event loop. */
const inlineReads = new InlineReads(systemReadSigns);

/** The machine as it is. Without a logger nothing is logged. */
export function nodeEnvironment({ logger = silentLogger }: { logger?: Logger } = {}): Environment {
  return {
    fileSystem: new NodeFileSystem(inlineReads),
    clock: new SystemClock(),
    randomness: new SystemRandomness(),
    logger,
  };
}
