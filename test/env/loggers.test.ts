import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CoreCacheError } from '../../src/base/errors.js';
import { MemoryLogger } from '../../src/env/simulated/memory-logger.js';
import { pinoLogger } from '../../src/env/pino-logger.js';

describe('the logger', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'corecache-logger-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it('writes one JSON object a line, at once, with the fields of its ancestors', () => {
    const file = join(directory, 'new/node.log');
    const logger = pinoLogger({ level: 'info', file }).child({ node: 'a' });
    logger.debug('not written');
    logger.info('started', { port: 8080 });
    logger.error('failed', { error: new CoreCacheError('IO', 'no disk', { data: { path: '/x' } }) });
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { level: 'info', node: 'a', port: 8080, message: 'started' },
      { level: 'error', node: 'a', message: 'failed', error: { code: 'IO', message: 'no disk', data: { path: '/x' } } },
    ]);
    expect(lines[0]).toHaveProperty('time', expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/));
  });

  it('in memory keeps the lines of children too', () => {
    const logger = new MemoryLogger();
    logger.child({ a: 1 }).child({ b: 2 }).warn('careful', { c: 3 });
    expect(logger.lines).toEqual([{ level: 'warn', message: 'careful', fields: { a: 1, b: 2, c: 3 } }]);
  });
});
