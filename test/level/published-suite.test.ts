import { once, type EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { afterAll, expect, it } from 'vitest';
import { CoreCacheLevel } from '../../src/level/corecache-level.js';
import type { LevelOpenOptions } from '../../src/level/level-options.js';
import { TemporaryLevels } from './temporary-level.js';

/** As `tape` reports in object mode. */
type Report =
  | { readonly type: 'test'; readonly id: number; readonly name: string }
  | {
      readonly type: 'assert';
      readonly test: number;
      readonly ok: boolean;
      readonly name: string;
      readonly actual: unknown;
      readonly expected: unknown;
    };

interface Harness {
  createStream(options: { objectMode: true }): EventEmitter;
}

const require = createRequire(import.meta.url);
const tape = require('tape') as { createHarness(): Harness };
const suite = require('abstract-level/test') as (options: { test: Harness; factory: unknown }) => void;

/** The suite of 3.1.1 makes more; far fewer would mean that a part of it was left out. */
const ASSERTIONS_MIN = 5000;

/**
 * The suite closes the sublevels it tests, not the databases beneath them. A group of its tests may share one database
 * while they open others: many fewer than this.
 */
const DATABASES_IN_USE_MAX = 200;

/** A database sets its memtable up when it is opened, and the suite opens well over a thousand. */
class SmallLevel extends CoreCacheLevel {
  override _open(options: LevelOpenOptions): Promise<void> {
    return super._open({ ...options, writeBufferSize: 64 * 1024 });
  }
}

const levels = new TemporaryLevels();
afterAll(() => levels.remove());

it('passes the suite that abstract-level publishes, on a database and on a sublevel', async () => {
  const harness = tape.createHarness();
  const reports = harness.createStream({ objectMode: true });
  suite({
    test: harness,
    factory: (options?: object) => levels.add(new SmallLevel(levels.newLocation(), options)),
  });

  const names = new Map<number, string>();
  const failures: object[] = [];
  let assertions = 0;
  let closing = Promise.resolve();
  reports.on('data', (report: Report) => {
    if (report.type === 'test') {
      names.set(report.id, report.name);
      closing = closing.then(() => levels.closeLeftOpen(DATABASES_IN_USE_MAX));
    }
    if (report.type !== 'assert') return;
    assertions++;
    const { test, ok, name, actual, expected } = report;
    if (!ok) failures.push({ test: names.get(test), assertion: name, actual, expected });
  });
  await once(reports, 'end');
  await closing;
  expect(failures).toEqual([]);
  expect(assertions).toBeGreaterThan(ASSERTIONS_MIN);
}, 300_000);
