import type { Logger } from './logger.js';

const nothing = (): void => undefined;

/** For programs that embed the database and tests: nothing is written. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};
