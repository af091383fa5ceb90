import { deepStrictEqual as same, ok } from 'node:assert';
import { isCoreCacheError } from '../../src/base/errors.js';
import type { Environment } from '../../src/env/environment.js';
import { Batch } from '../../src/store/batch.js';
import { Database } from '../../src/store/database.js';
import type { DatabaseOptions } from '../../src/store/database-options.js';
import type {
  IncrementResult,
  Snapshot,
  StoredEntry,
  VersionCondition,
  WriteOperation,
  WriteResult,
} from '../../src/store/operations.js';
import type { ScanIterator } from '../../src/store/read/scan.js';
import type { SettableClock } from '../support/settable-clock.js';
import type { BatchStep, ConditionalStep, DeleteStep, IncrementStep, PutStep, Step } from './steps.js';
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
      case 'increment':
        return this.#increment(step);
      case 'batch':
        return this.#batch(step);
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
      case 'multiGet': {
        const at = this.#at(step.snapshot);
        const found = await this.#database.multiGet(step.keys, at);
        same(
          found.map(hex),
          step.keys.map((key) => hex(at.twin.get(key, this.#now)?.value)),
        );
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
        const keys = await this.#database.scan({ ...options, snapshot: at.snapshot, keysOnly: true }).toArray();
        same(
          keys.map(([key, value]) => [hex(key), hex(value)]),
          found.map(([key]) => [key, '']),
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

  async #increment({ key, by, durability }: Extract<Step, { do: 'increment' }>): Promise<void> {
    const expected = this.#twin.increased(key, by, this.#now);
    try {
      this.#count({ do: 'increment', key, by }, await this.#database.increment(key, by, { durability }));
    } catch (error) {
      if (!isCoreCacheError(error)) throw error;
      same(error.code, expected);
    }
  }

  /** Brings an increment that succeeded to the twin, which must come to the same number. */
  #count({ key, by }: IncrementStep, { value, epoch, sequence }: IncrementResult): void {
    same(value, this.#twin.increased(key, by, this.#now));
    const { expiresAtMs, contentType } = this.#twin.get(key, this.#now) ?? { expiresAtMs: 0, contentType: '' };
    const entry = { key, value: Buffer.from(String(value)), epoch, sequence, writtenAtMs: this.#now };
    this.#twin = this.#twin.with([{ ...entry, expiresAtMs, contentType }]);
  }

  async #batch({ operations: steps, form }: BatchStep): Promise<void> {
    const operations = steps.map((step) => ({ ...operationOf(step), ifVersion: this.#conditionOf(step) }));
    const failing = operations.find(
      ({ key, ifVersion }) => ifVersion !== undefined && !this.#twin.holds(key, ifVersion, this.#now),
    );
    try {
      const result = await this.#database.write(
        form === 'array'
          ? operations
          : batchOf(operations.slice(0, form.appendFrom)).append(batchOf(operations.slice(form.appendFrom))),
      );
      same(failing, undefined);
      this.#twin = this.#twin.with(steps.map((step) => this.#changeOf(step, result)));
    } catch (error) {
      if (!isCoreCacheError(error, 'CONDITION_FAILED')) throw error;
      ok(failing !== undefined, 'the conditions hold');
    }
  }

  /** An increment may be passed by later writes while it reads, so the sequences say in which order they came. */
  async #burst(steps: readonly (PutStep | DeleteStep | IncrementStep)[]): Promise<void> {
    const outcomes = await Promise.all(
      steps.map(async (step) => ({ step, result: await this.#start(step).catch(refusalOf) })),
    );
    const done = outcomes.filter((outcome): outcome is Done => typeof outcome.result !== 'string');
    for (const { step, result } of done.sort((a, b) => a.result.sequence - b.result.sequence)) {
      if (step.do === 'increment') this.#count(step, result as IncrementResult);
      else this.#twin = this.#twin.with([this.#changeOf(step, result)]);
    }
  }

  #start(step: PutStep | DeleteStep | IncrementStep): Promise<WriteResult | IncrementResult> {
    if (step.do === 'increment') return this.#database.increment(step.key, step.by);
    if (step.do === 'delete') return this.#database.delete(step.key);
    return this.#database.put(step.key, step.value, { ttlMs: step.ttlMs, contentType: step.contentType });
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

  #conditionOf(step: ConditionalStep): VersionCondition | undefined {
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

interface Done {
  readonly step: PutStep | DeleteStep | IncrementStep;
  readonly result: WriteResult | IncrementResult;
}

/** That an increment found no number is told by its code; which value it found, nobody can say. */
function refusalOf(error: unknown): string {
  if (isCoreCacheError(error, 'NOT_A_NUMBER') || isCoreCacheError(error, 'OVERFLOW')) return error.code;
  throw error;
}

function batchOf(operations: readonly WriteOperation[]): Batch {
  const batch = new Batch();
  for (const operation of operations) {
    if (operation.type === 'put') batch.put(operation.key, operation.value, operation);
    else batch.delete(operation.key, operation);
  }
  return batch;
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
