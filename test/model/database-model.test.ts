import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import type { FileSystem } from '../../src/env/file-system.js';
import { InlineReads } from '../../src/env/inline-reads.js';
import { NodeFileSystem } from '../../src/env/node-file-system.js';
import { SeededRandomness } from '../../src/env/simulated/seeded-randomness.js';
import { silentLogger } from '../../src/env/silent-logger.js';
import { systemReadSigns } from '../../src/env/system-read-signs.js';
import { SettableClock } from '../support/settable-clock.js';
import { optionSets, type OptionSet } from './option-sets.js';
import { Random } from '../support/random.js';
import { runSteps } from './run.js';
import { shrink } from './shrink.js';
import { stepsOf, type Step } from './steps.js';

const STEPS_A_SEED = 300;
const START_MS = 1_700_000_000_000;
/** `CORECACHE_MODEL_SEED=1234` runs that seed alone, in every option set. */
const ONLY_SEED = process.env['CORECACHE_MODEL_SEED'];

describe('a database does what a sorted map does', () => {
  for (const [index, set] of optionSets.entries()) {
    test(`${set.name}: ${set.seeds} seeds`, { timeout: 120_000 }, async () => {
      for (const seed of seedsOf(set, index)) await checkSeed(set, seed);
    });
  }

  test('at least two hundred seeds over at least six option sets', () => {
    expect(optionSets.length).toBeGreaterThanOrEqual(6);
    expect(optionSets.reduce((sum, { seeds }) => sum + seeds, 0)).toBeGreaterThanOrEqual(200);
  });
});

function seedsOf(set: OptionSet, index: number): number[] {
  if (ONLY_SEED !== undefined) return [Number(ONLY_SEED)];
  return Array.from({ length: set.seeds }, (_, i) => 1000 * (index + 1) + i);
}

async function checkSeed(set: OptionSet, seed: number): Promise<void> {
  const steps = stepsOf(new Random(seed), STEPS_A_SEED);
  const failure = await failureOf(set, steps, seed);
  if (failure === undefined) return;
  const smallest = await shrink(steps, async (shorter) => (await failureOf(set, shorter, seed)) !== undefined);
  const shrunk = await failureOf(set, smallest, seed);
  const shown = inspect(smallest, { depth: 6, maxArrayLength: 200, breakLength: 120 });
  throw new Error(`seed ${seed}, ${set.name}; smallest case, ${smallest.length} steps:\n${shown}`, {
    cause: shrunk ?? failure,
  });
}

function fileSystemOf({ realFiles, someAnswersAtOnce }: OptionSet): FileSystem {
  if (realFiles === true) return new NodeFileSystem(new InlineReads(systemReadSigns));
  let asked = 0;
  return new CrashableFileSystem(() => someAnswersAtOnce === true && asked++ % 2 === 0);
}

async function failureOf(set: OptionSet, steps: readonly Step[], seed: number): Promise<unknown> {
  const clock = new SettableClock(START_MS);
  const parent = set.realFiles === true ? await mkdtemp(join(tmpdir(), 'corecache-model-')) : '/';
  try {
    const environment = {
      fileSystem: fileSystemOf(set),
      clock,
      randomness: new SeededRandomness(seed),
      logger: silentLogger,
    };
    await runSteps({ environment, clock, directory: join(parent, 'database'), options: set.options }, steps);
    return undefined;
  } catch (error) {
    return error;
  } finally {
    if (set.realFiles === true) await rm(parent, { recursive: true });
  }
}
