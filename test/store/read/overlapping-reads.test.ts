import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NodeFileSystem } from '../../../src/env/node-file-system.js';
import { Database } from '../../../src/store/database.js';
import type { OpenOptions } from '../../../src/store/database-options.js';
import { Random } from '../../support/random.js';
import { bytes, memoryPlace, text, tinyOptions } from '../memory-database.js';

const KEYS = 2000;
const SCANS = 6;
const STEPS_A_SCAN = 40;

const keyOf = (number: number): string => `key ${String(number).padStart(5, '0')}`;
const valueOf = (number: number): string => `value ${number} `.repeat(1 + (number % 7));

/** Tables of many blocks, so that reads ahead are long, and a cache for few of them. */
const shape: OpenOptions = {
  ...tinyOptions,
  memtableBytesMax: 1024 * 1024,
  memtableRecordsMax: 0,
  tableBytesMax: 64 * 1024,
  levelBytesBase: 1024 * 1024,
  separatedValueBytesMin: 0,
  durability: 'os',
};

/** On real files: a read that is under way there takes more than a reaction. */
async function fullDatabase(directory: string, options: OpenOptions): Promise<Database> {
  const environment = memoryPlace(new NodeFileSystem());
  const database = await Database.open(directory, { background: 'inline', environment, ...shape, ...options });
  for (let from = 0; from < KEYS; from += 200) {
    const operations = Array.from({ length: 200 }, (_, i) => ({
      type: 'put' as const,
      key: bytes(keyOf(from + i)),
      value: bytes(valueOf(from + i)),
    }));
    await database.write(operations);
  }
  await database.compact();
  return database;
}

/** Walks some way, and while each step is under way reads by every other way what comes next. */
async function walkAmongReads(database: Database, random: Random): Promise<void> {
  const reverse = random.chance(0.5);
  const first = random.below(KEYS);
  const bound = bytes(keyOf(first));
  const scan = database.scan(reverse ? { lte: bound, reverse } : { gte: bound })[Symbol.asyncIterator]();
  let expected = first;
  for (let step = 0; step < STEPS_A_SCAN; step++) {
    const walking = scan.nextMany(1 + random.below(30));
    // Sooner or later on its way.
    for (let reactions = random.below(10); reactions > 0; reactions--) await Promise.resolve();
    const near = expected + (reverse ? -1 : 1) * random.below(25);
    const reading = random.chance(0.5) ? database.get(bytes(keyOf(near))) : undefined;
    const together = random.chance(0.2) ? database.multiGet([bytes(keyOf(near)), bytes(keyOf(first))]) : undefined;
    if (random.chance(0.7)) expect(text(database.getSync(bytes(keyOf(near))))).toBe(shown(near));
    if (reading !== undefined) expect(text(await reading)).toBe(shown(near));
    if (together !== undefined) expect((await together).map(text)).toEqual([shown(near), shown(first)]);
    for (const [key, value] of await walking) {
      expect([text(key), text(value)]).toEqual([keyOf(expected), shown(expected)]);
      expected += reverse ? -1 : 1;
    }
  }
  await scan.return();
}

function shown(number: number): string | undefined {
  return number >= 0 && number < KEYS ? valueOf(number) : undefined;
}

const optionSets: readonly OpenOptions[] = [
  { cacheBytesMax: 0 },
  { cacheBytesMax: 1024 },
  { cacheBytesMax: 8 * 1024 },
  { cacheBytesMax: 8 * 1024, compression: 'fast' },
  { cacheBytesMax: 4 * 1024, separatedValueBytesMin: 40 },
  { cacheBytesMax: 1024, mappedBytesMax: 1024 * 1024 },
  { cacheBytesMax: 0, mappedBytesMax: 64 * 1024, compression: 'fast' },
];

describe('reads that overlap show what is there, however soon blocks are dropped', () => {
  test.each(optionSets)('%o', async (options) => {
    const parent = await mkdtemp(join(tmpdir(), 'corecache-reads-'));
    try {
      const database = await fullDatabase(join(parent, 'database'), options);
      for (let seed = 0; seed < 6; seed++) {
        const walks = Array.from({ length: SCANS }, (_, i) => walkAmongReads(database, new Random(100 * seed + i)));
        await Promise.all(walks);
      }
      await database.close();
    } finally {
      await rm(parent, { recursive: true });
    }
  });
});
