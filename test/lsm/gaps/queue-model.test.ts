import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { shrink } from '../../model/shrink.js';
import { Random } from '../../support/random.js';
import { QueueRun, type QueuePlace } from './queue-run.js';
import { stepsOf, type Step } from './queue-steps.js';

const STEPS = 120;
const SEEDS = 10;

const places: Readonly<Record<string, QueuePlace>> = {
  'many small tables': { options: {}, cacheBytesMax: 1 << 20 },
  'nothing stays in memory': { options: {}, cacheBytesMax: 0 },
  'all in one memtable': { options: { memtableBytesMax: 1 << 20 }, cacheBytesMax: 1 << 20 },
  'a few blocks a table': {
    options: { memtableBytesMax: 32 * 1024, blockBytes: 1024, tableBytesMax: 16 * 1024 },
    cacheBytesMax: 4096,
  },
};

describe('queues, and scans that leap over what is gone', () => {
  for (const [index, [name, place]] of Object.entries(places).entries()) {
    it(`show what a map shows: ${name}`, { timeout: 120_000 }, async () => {
      let leaps = 0;
      for (let seed = 0; seed < SEEDS; seed++) leaps += await leapsOf(1000 * index + seed, place);
      expect(leaps).toBeGreaterThan(500);
    });
  }
});

/** Leaps of a run; throws the smallest case found when tree and map differ. */
async function leapsOf(seed: number, place: QueuePlace): Promise<number> {
  const steps = stepsOf(new Random(seed), STEPS);
  try {
    return await QueueRun.over(steps, place);
  } catch {
    const smallest = await shrink(steps, (shorter) => differs(shorter, place));
    const shown = inspect(smallest, { depth: 4, maxArrayLength: 200, breakLength: 120 });
    const cause = await QueueRun.over(smallest, place).catch((error: unknown) => error);
    throw new Error(`seed ${seed}; smallest case, ${smallest.length} steps:\n${shown}`, { cause });
  }
}

async function differs(steps: readonly Step[], place: QueuePlace): Promise<boolean> {
  try {
    await QueueRun.over(steps, place);
    return false;
  } catch {
    return true;
  }
}
