import { deepStrictEqual as same, ok } from 'node:assert';
import { isCoreCacheError } from '../../src/base/errors.js';
import type { Environment } from '../../src/env/environment.js';
import { Database } from '../../src/store/database.js';
import type { DatabaseOptions } from '../../src/store/database-options.js';
import type { Snapshot, StoredEntry, VersionCondition, WriteOperation } from '../../src/store/operations.js';
import type { ScanIterator } from '../../src/store/read/scan.js';
import type { SettableClock } from '../support/settable-clock.js';
import type { DeleteStep, PutStep, Step } from './steps.js';
import { Twin, type TwinEntry } from './twin.js';

const SNAPSHOTS_MAX = 4;
const SCANS_MAX = 4;

interface OpenScan {
  readonly iterator: ScanIterator<StoredEntry>;
  readonly expected: TwinEntry[];
}

interface HeldSnapshot {
  readonly snapshot: Snapshot;
  readonly twin: Twin;
}

export interface RunPlace {
  readonly environment: Environment;
  readonly clock: SettableClock;
  readonly directory: string;
  readonly options: Partial<DatabaseOptions>;
}

/** Runs the steps on a database and on its twin at once, and throws where they differ. */
export async function runSteps(place: RunPlace, steps: readonly Step[]): Promise<void> {
  const run = new Run(place);
  await run.open();
  try {
    for (const step of steps) await run.step(step);
    await run.compareAll();
    await run.step({ do: 'verify' });
    await run.step({ do: 'reopen' });
    await run.compareAll();
  } finally {
    await run.close();
  }
}

class Run {
  readonly #place: RunPlace;
  #database!: Database;
  #twin = new Twin();
  #snapshots: HeldSnapshot[] = [];
  #scans: OpenScan[] = [];

  constructor(place: RunPlace) {
    this.#place = place;
  }

  async open(): Promise<void> {
    const { environment, directory, options } = this.#place;
    this.#database = await Database.open(directory, { background: 'inline', ...options, environment });
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  async step(step: Step): Promise<void> {
    switch (step.do) {
      case 'put':
      case 'delete':
        return this.#write(step);
      case 'batch':
        return this.#batch(step.operations);
      case 'burst':
        return this.#burst(step.operations);
      case 'get': {
        const at = this.#at(step.snapshot);
        const found = await this.#database.getEntry(step.key, at);
        same(entryOf(found), entryOf(at.twin.get(step.key, this.#now)));
        return;
      }
      case 'getSync': {
        const at = this.#at(step.snapshot);
        const found = this.#database.getSync(step.key, at);
        same(hex(found), hex(at.twin.get(step.key, this.#now)?.value));
        return;
      }
      case 'scan': {
        const at = this.#at(step.snapshot);
        const { reverse, limit } = step;
        const options = { ...step.range, reverse, ...(limit === undefined ? {} : { limit }) };
        const found: [string, string][] = [];
        for await (const [key, value] of this.#database.scan({ ...options, snapshot: at.snapshot })) {
          found.push([hex(key)!, hex(value)!]);
        }
        same(
          found,
          at.twin.scan(options, this.#now).map(({ key, value }) => [hex(key), hex(value)]),
        );
        const inArrays = await this.#database.scan({ ...options, snapshot: at.snapshot }).toArray();
        same(
          inArrays.map(([key, value]) => [hex(key), hex(value)]),
          found,
        );
        return;
      }
      case 'open scan':
        this.#openScan(step);
        return;
      case 'step scan':
        return this.#stepScan(step.scan, step.count);
      case 'take snapshot':
        if (this.#snapshots.length < SNAPSHOTS_MAX) {
          this.#snapshots.push({ snapshot: this.#database.snapshot(), twin: this.#twin });
        }
        return;
      case 'release snapshot':
        this.#snapshots.splice(step.snapshot, 1)[0]?.snapshot.release();
        return;
      case 'flush':
        return this.#database.flush();
      case 'compact':
        return this.#database.compact(step.range);
      case 'verify':
        same((await this.#database.verify()).problems, []);
        return;
      case 'begin epoch':
        return this.#database.beginEpoch(this.#database.epoch + 1);
      case 'pass time':
        this.#place.clock.advance(step.byMs);
        return;
      case 'reopen': {
        const { epoch, lastSequence, storeUuid } = this.#database;
        await this.#database.close();
        this.#snapshots = [];
        this.#scans = [];
        await this.open();
        const after = this.#database;
        same([after.epoch, after.lastSequence, after.storeUuid], [epoch, lastSequence, storeUuid]);
        return;
      }
    }
  }

  /** Every key by point reads, and the whole in both directions. */
  async compareAll(): Promise<void> {
    const expected = this.#twin.scan({}, this.#now);
    for (const { key, value } of expected) same(hex(this.#database.getSync(key)), hex(value));
    for (const reverse of [false, true]) {
      const found: unknown[] = [];
      for await (const entry of this.#database.scanEntries({ reverse })) found.push(entryOf(entry));
      same(found, (reverse ? expected.toReversed() : expected).map(entryOf));
    }
  }

  async #write(step: Extract<Step, { do: 'put' | 'delete' }>): Promise<void> {
    const { key, durability } = step;
    const ifVersion = this.#conditionOf(step);
    const before = this.#twin.get(key, this.#now);
    const options = { durability, ifVersion, reportReplaced: true };
    try {
      const result =
        step.do === 'put'
          ? await this.#database.put(key, step.value, { ...options, ttlMs: step.ttlMs, contentType: step.contentType })
          : await this.#database.delete(key, options);
      ok(ifVersion === undefined || this.#twin.holds(key, ifVersion, this.#now), 'the condition does not hold');
      same(result.replaced, [before && { epoch: before.epoch, sequence: before.sequence }]);
      this.#twin = this.#twin.with([this.#changeOf(step, result)]);
    } catch (error) {
      if (!isCoreCacheError(error, 'CONDITION_FAILED')) throw error;
      ok(ifVersion !== undefined && !this.#twin.holds(key, ifVersion, this.#now), 'the condition holds');
      same(error.data, { currentEpoch: before?.epoch ?? null, currentSequence: before?.sequence ?? null });
    }
  }

  async #batch(steps: readonly (PutStep | DeleteStep)[]): Promise<void> {
    const result = await this.#database.write(steps.map(operationOf));
    this.#twin = this.#twin.with(steps.map((step) => this.#changeOf(step, result)));
  }

  async #burst(steps: readonly (PutStep | DeleteStep)[]): Promise<void> {
    const results = await Promise.all(
      steps.map((step) =>
        step.do === 'put'
          ? this.#database.put(step.key, step.value, { ttlMs: step.ttlMs, contentType: step.contentType })
          : this.#database.delete(step.key),
      ),
    );
    steps.forEach((step, index) => {
      this.#twin = this.#twin.with([this.#changeOf(step, results[index]!)]);
    });
  }

  #openScan({ range, reverse }: Extract<Step, { do: 'open scan' }>): void {
    if (this.#scans.length >= SCANS_MAX) return;
    const iterator = this.#database.scanEntries({ ...range, reverse })[Symbol.asyncIterator]();
    this.#scans.push({ iterator, expected: this.#twin.scan({ ...range, reverse }, this.#now) });
  }

  async #stepScan(number: number, count: number): Promise<void> {
    const scan = this.#scans[number];
    if (scan === undefined) return;
    // By arrays and one by one in turn.
    if (count % 2 === 0) {
      const found = await scan.iterator.nextMany(count);
      same(found.map(entryOf), scan.expected.splice(0, found.length).map(entryOf));
      if (found.length === 0) same(scan.expected, []);
    }
    for (let i = 0; i < count; i++) {
      const result = await scan.iterator.next();
      const expected: TwinEntry | undefined = scan.expected.shift();
      same(result.done === true ? undefined : entryOf(result.value), expected && entryOf(expected));
      if (result.done === true) this.#scans.splice(number, 1);
      if (result.done === true) return;
    }
    if (number === 0) {
      await scan.iterator.return();
      this.#scans.shift();
    }
  }

  #conditionOf(step: Extract<Step, { do: 'put' | 'delete' }>): VersionCondition | undefined {
    if (step.condition === 'absent' || step.condition === 'present') return step.condition;
    if (step.condition === undefined) return undefined;
    const current = this.#twin.get(step.key, this.#now) ?? { epoch: 0, sequence: 1 };
    return { epoch: current.epoch, sequence: step.condition === 'current' ? current.sequence : current.sequence - 1 };
  }

  #changeOf(
    step: PutStep | DeleteStep,
    version: { readonly epoch: number; readonly sequence: number },
  ): TwinEntry | { readonly key: Uint8Array; readonly value?: undefined } {
    if (step.do === 'delete') return { key: step.key };
    return {
      key: step.key,
      value: step.value,
      epoch: version.epoch,
      sequence: version.sequence,
      writtenAtMs: this.#now,
      expiresAtMs: step.ttlMs === undefined ? 0 : this.#now + step.ttlMs,
      contentType: step.contentType ?? '',
    };
  }

  #at(snapshot: number | undefined): { readonly snapshot?: Snapshot | undefined; readonly twin: Twin } {
    const held = snapshot === undefined ? undefined : this.#snapshots[snapshot];
    return held ?? { twin: this.#twin };
  }

  get #now(): number {
    return this.#place.clock.now();
  }
}

function operationOf(step: PutStep | DeleteStep): WriteOperation {
  const { key } = step;
  if (step.do === 'delete') return { type: 'delete', key };
  return { type: 'put', key, value: step.value, ttlMs: step.ttlMs, contentType: step.contentType };
}

function entryOf(entry: StoredEntry | TwinEntry | undefined): unknown {
  return entry && { ...entry, key: hex(entry.key), value: hex(entry.value) };
}

function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString('hex');
}
