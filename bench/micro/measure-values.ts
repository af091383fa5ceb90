import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { Database } from 'corecache';
import { DataSet } from '../engine/data-set.js';
import { inFlight } from '../engine/in-flight.js';
import { MainThread } from '../main-thread.js';
import { leastNanoseconds, type Cost } from './cost.js';

const LANES = 64;

/**
 * What becomes of one large value: the floor of memory, checksum and page cache, and then a put and a read of it. A put is
 * what the main thread takes for it, the making of the value included; what all threads take, until its memtable is
 * flushed; and how long the collector stops the main thread meanwhile.
 * @throws Error when a read did not return what was written
 */
export async function measureLargeValues(valueBytes: number, count: number): Promise<Cost[]> {
  const data = new DataSet(count, valueBytes);
  const directory = mkdtempSync(join(tmpdir(), 'corecache-bench-'));
  try {
    // Before the floor, which leaves much to be collected.
    const engine = await puts(data, directory);
    return [...(await floor(data, valueBytes, join(directory, 'file'))), ...engine];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function floor(data: DataSet, valueBytes: number, path: string): Promise<Cost[]> {
  const count = data.keyCount;
  const value = data.value(0, 0);
  const used = Buffer.alloc(count * valueBytes, 1);
  const file = openSync(path, 'w');
  const each = (work: (i: number) => unknown): Promise<number> =>
    leastNanoseconds(count, () => {
      ftruncateSync(file);
      for (let i = 0; i < count; i++) work(i);
    });
  const write = (i: number): number => writeSync(file, value, 0, valueBytes, i * valueBytes);
  try {
    return [
      { step: 'copied into fresh memory', nanoseconds: keepAll(count, () => Buffer.from(value)) },
      { step: 'made by the harness in fresh memory', nanoseconds: keepAll(count, (i) => data.value(i, 0)) },
      { step: 'copied into memory used before', nanoseconds: await each((i) => used.set(value, i * valueBytes)) },
      { step: 'its checksum', nanoseconds: await each(() => crc32(value)) },
      { step: 'written to the page cache', nanoseconds: await each(write) },
    ];
  } finally {
    closeSync(file);
  }
}

/** Once only, and nothing is let go: memory that was used before would be taken again. */
function keepAll(count: number, make: (i: number) => Uint8Array): number {
  const kept: Uint8Array[] = [];
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) kept.push(make(i));
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / kept.length;
}

async function puts(data: DataSet, directory: string): Promise<Cost[]> {
  const count = data.keyCount;
  const database = await Database.open(join(directory, 'database'), { durability: 'os' });
  const collector = new CollectorTime();
  const mainThread = new MainThread();
  try {
    const put = await costs(mainThread, collector, count, async () => {
      await inFlight(LANES, count, (i) => database.put(data.key(i), data.value(i, 0)));
      await database.flush();
    });
    const read = await costs(mainThread, collector, count, () =>
      inFlight(LANES, count, async (i) => data.check(i, await database.get(data.key(i)))),
    );
    return [...named('a put', put), ...named('a read', read)];
  } finally {
    collector.close();
    mainThread.close();
    await database.close();
  }
}

interface Threads {
  /** Absent where the system does not tell. */
  readonly main: number | undefined;
  readonly all: number;
  readonly collector: number;
}

function named(name: string, { main, all, collector }: Threads): Cost[] {
  return [
    ...(main === undefined ? [] : [{ step: `${name}: the main thread`, nanoseconds: main }]),
    { step: `${name}: all threads`, nanoseconds: all },
    { step: `${name}: stopped by the collector`, nanoseconds: collector },
  ];
}

/** Once over all, for an operation each: a collection comes only now and then. */
async function costs(
  mainThread: MainThread,
  collector: CollectorTime,
  count: number,
  work: () => Promise<unknown>,
): Promise<Threads> {
  const [ranBefore, allBefore] = [mainThread.ranMs(), process.cpuUsage()];
  await collector.takeMs();
  await work();
  const ranAfter = mainThread.ranMs();
  const { user, system } = process.cpuUsage(allBefore);
  return {
    main: ranBefore === undefined || ranAfter === undefined ? undefined : ((ranAfter - ranBefore) * 1e6) / count,
    all: ((user + system) * 1000) / count,
    collector: ((await collector.takeMs()) * 1e6) / count,
  };
}

/** For how long V8 has stopped the program to collect garbage. */
class CollectorTime {
  #milliseconds = 0;
  readonly #observer = new PerformanceObserver((list) => this.#add(list.getEntries()));

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Since the last call. Entries are handed over between two turns of the event loop. */
  async takeMs(): Promise<number> {
    await sleep(1);
    this.#add(this.#observer.takeRecords());
    const milliseconds = this.#milliseconds;
    this.#milliseconds = 0;
    return milliseconds;
  }

  close(): void {
    this.#observer.disconnect();
  }

  #add(entries: readonly { readonly duration: number }[]): void {
    for (const { duration } of entries) this.#milliseconds += duration;
  }
}
