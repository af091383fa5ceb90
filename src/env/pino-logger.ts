import { pino, type Logger as Pino } from 'pino';
import type { LogFields, Logger } from './logger.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface PinoLoggerOptions {
  /** Lines below this are not written. */
  readonly level: LogLevel;
  /** Appended to; made when absent, with its directories. Standard output when not given. */
  readonly file?: string;
}

/**
 * One JSON object a line: `level` by name, `time` in ISO 8601, `message`, and the fields. Written at once, not buffered, so
 * that the last lines before a crash are there.
 */
export function pinoLogger({ level, file }: PinoLoggerOptions): Logger {
  const destination = pino.destination(
    file === undefined ? { dest: 1, sync: true } : { dest: file, sync: true, mkdir: true },
  );
  return new PinoLogger(
    pino(
      {
        level,
        base: null,
        messageKey: 'message',
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { error: describeError, cause: describeError },
      },
      destination,
    ),
  );
}

class PinoLogger implements Logger {
  readonly #pino: Pino;

  constructor(logger: Pino) {
    this.#pino = logger;
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#pino.debug(fields, message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#pino.info(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#pino.warn(fields, message);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#pino.error(fields, message);
  }

  child(fields: LogFields): Logger {
    return new PinoLogger(this.#pino.child(fields));
  }
}

/** An error as fields; a text is left as it is. */
function describeError(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  const { code, data } = value as { code?: unknown; data?: unknown };
  return { name, code, message, data, stack, cause: describeError(cause) };
}
