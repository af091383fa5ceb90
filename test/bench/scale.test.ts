import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesWritten } from '../../bench/engine/footprint.js';
import { fillStage, type FillOptions } from '../../bench/scale/fill-stage.js';
import { settle } from '../../bench/scale/settle.js';
import { useStage, useWorkloadNames } from '../../bench/scale/use-stage.js';

const silent = (): void => undefined;

describe('the benchmark at scale', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'corecache-scale-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function fillOptions(engine: FillOptions['engine']): FillOptions {
    const sizes = { keyCount: 2000, valueBytes: 100, compression: false, quietSeconds: 0.3 };
    return { stage: 'fill', engine, directory: join(directory, 'database'), ...sizes, overwrite: true };
  }

  it.each(['corecache', 'classic-level'] as const)('fills %s, and finds everything in it again', async (engine) => {
    const options = fillOptions(engine);
    const fill = await fillStage(options, silent);
    for (const pass of [fill.fillrandom, fill.overwrite!]) {
      expect(pass.rate).toBeGreaterThan(0);
      expect(pass.settleSeconds).toBeGreaterThanOrEqual(0);
      expect(pass.indexBytesPerKey).toEqual(engine === 'corecache' ? expect.any(Number) : undefined);
      expect(pass.spaceAmplification).toBeCloseTo(pass.bytesOnDisk / (2000 * 116), 5);
      expect(pass.writeAmplification === undefined).toBe(bytesWritten() === undefined);
    }
    expect(fill.memory.samples.length).toBeGreaterThan(0);
    const use = await useStage({ ...options, stage: 'use', samples: 500 }, silent);
    expect(Object.keys(use.rates)).toEqual(useWorkloadNames);
    expect(use.open.openMs).toBeGreaterThan(0);
    expect(use.open.reopenMs).toBeGreaterThan(0);
    expect(use.memory.peakResidentBytes).toBeGreaterThan(1024 * 1024);
  });

  it.each(['corecache', 'classic-level'] as const)('fills %s with its compression, and says so', async (engine) => {
    const options = { ...fillOptions(engine), overwrite: false };
    expect((await fillStage(options, silent)).settings).toMatch(/no compression/);
    const compressed = { ...options, compression: true };
    expect((await fillStage(compressed, silent)).settings).toMatch(/Snappy/);
    const use = await useStage({ ...compressed, stage: 'use', samples: 500 }, silent);
    expect(Object.keys(use.rates)).toEqual(useWorkloadNames);
  });

  it('sees that a database does not hold what it was to be filled with', async () => {
    const options = { ...fillOptions('corecache'), overwrite: false };
    await fillStage(options, silent);
    const more = { ...options, stage: 'use', keyCount: 2 * options.keyCount, samples: 500 } as const;
    await expect(useStage(more, silent)).rejects.toThrow('read no bytes');
  });

  it('only opens when there is nothing to sample', async () => {
    const options = { ...fillOptions('corecache'), overwrite: false };
    await fillStage(options, silent);
    const use = await useStage({ ...options, stage: 'use', samples: 0 }, silent);
    expect(use.rates).toEqual({});
    expect(use.open.firstReadMs).toBeGreaterThan(0);
  });

  it('waits until files have come to rest', async () => {
    let writes = 0;
    const writer = setInterval(() => {
      writeFileSync(join(directory, 'table'), 'x'.repeat(++writes));
      if (writes === 6) clearInterval(writer);
    }, 100);
    const seconds = await settle(directory, 1);
    expect(writes).toBe(6);
    expect(seconds).toBeGreaterThan(0.3);
  });
});
