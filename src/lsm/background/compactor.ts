import { basename, join } from 'node:path';
import { CoreCacheError, corruption, isCoreCacheError } from '../../base/errors.js';
import { parseFileName, valueFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { Timer } from '../../env/clock.js';
import { Cancellation } from '../compaction/cancellation.js';
import { bloomBitsFor } from '../compaction/bloom-bits.js';
import type { Choice } from '../compaction/choice.js';
import { choose } from '../compaction/choose.js';
import { chooseInRange, type RangeRequest } from '../compaction/choose-in-range.js';
import type { JobResult } from '../compaction/job.js';
import { isInRange } from '../compaction/key-span.js';
import { levelTargets } from '../compaction/level-targets.js';
import { staleTimes, type ChoiceMoment } from '../compaction/stale-share.js';
import { fileNumbersFor, uncompressedBytesOf } from '../compaction/table-outputs.js';
import type { VersionEdit } from '../manifest/version-edit.js';
import type { Version } from '../manifest/version.js';
import type { TableSummary } from '../sstable/table-summary.js';
import { filesToClear } from '../value-file/clearing.js';
import { valueFileNumbersFor } from '../value-file/value-outputs.js';
import { JobCounter } from './job-counter.js';
import { QuietWatch } from './quiet-watch.js';
import { retryDelayMs } from './retry-delay.js';
import type { TreeCore } from './tree-core.js';

interface RangeWaiter {
  readonly request: RangeRequest;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Carries out what `choose` says, one compaction at a time, until it says nothing. It is woken by whatever may change the
 * answer: a new version, a released snapshot, a value that ended long enough ago, a pause in the writes that something
 * waits for, somebody who asks. Nothing polls.
 *
 *  1. The choice is made from a version, and the version is held, so that its tables stay while they are read.
 *  2. The job writes new tables and syncs them. Flushes may meanwhile add tables to level 0: newer than every input, so
 *     they change nothing about what may be dropped.
 *  3. One edit takes the inputs out and the outputs in. What was held is released; the inputs are removed from disk when
 *     the last reader of an older version has gone.
 *
 * A table that cannot be read is left alone from then on: not removed, not renamed, not chosen again, so the rest of the
 * tree is still looked after; reads that need it get its error. Any other failure is tried again, later and later.
 */
export class Compactor {
  readonly counter: JobCounter;
  readonly #core: TreeCore;
  readonly #cancellation = new Cancellation();
  readonly #excluded = new Set<number>();
  #running: Promise<void> | undefined = undefined;
  #waiters: RangeWaiter[] = [];
  #failures = 0;
  #retry: Timer | undefined = undefined;
  #expiry: Timer | undefined = undefined;
  readonly #quiet: QuietWatch;
  #tablesMoved = 0;

  constructor(core: TreeCore) {
    this.#core = core;
    const { environment, options, stall } = core;
    this.counter = new JobCounter(environment.clock);
    this.#quiet = new QuietWatch(environment.clock, options.settleAfterMs, () => stall.bytesCharged);
  }

  get tablesMoved(): number {
    return this.#tablesMoved;
  }

  /** Something changed. Does not shorten the wait after a failure. */
  wake(): void {
    if (this.#canRun()) this.#running ??= this.#run();
  }

  /** Resolves when everything in the range has been brought to the last level. @throws CoreCacheError what stood in the way */
  compact(request: RangeRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      const { unavailable } = this.#core;
      if (unavailable !== undefined) {
        reject(unavailable);
        return;
      }
      this.#waiters.push({ request, resolve, reject });
      this.#cancelRetry();
      this.wake();
    });
  }

  async close(): Promise<void> {
    this.#cancelRetry();
    this.#expiry?.cancel();
    this.#quiet.cancel();
    this.#cancellation.cancel();
    await this.#running;
    this.#rejectWaiters(new CoreCacheError('CLOSED', `${this.#core.directory}: the tree is closed`));
  }

  #canRun(): boolean {
    const { isClosed, manifest } = this.#core;
    return !isClosed && manifest.failure === undefined && this.#retry === undefined;
  }

  async #run(): Promise<void> {
    // What woke us is still in the middle of its own step.
    await Promise.resolve();
    while (this.#canRun()) {
      const choice = this.#choose();
      if (choice === undefined) break;
      try {
        if (choice.kind === 'move') await this.#move(choice);
        else await this.counter.count(() => this.#merge(choice));
        this.#succeeded();
      } catch (error) {
        this.#failed(error, choice);
      }
    }
    this.#running = undefined;
    const { isClosed, unavailable } = this.#core;
    // Poisoned by a flush between two compactions: nobody comes back for those who still wait.
    if (unavailable !== undefined) this.#rejectWaiters(unavailable);
    if (isClosed) return;
    this.#awaitExpiry();
    this.#awaitQuiet();
  }

  /** Somebody who waits comes first, unless writes are being held back. */
  #choose(): Choice | undefined {
    const { state, options, stall } = this.#core;
    const { version } = state.live;
    const moment = this.#moment();
    if (stall.stats.cause !== undefined) {
      const urgent = choose(version, options, moment);
      if (urgent !== undefined) return urgent;
    }
    for (const waiter of [...this.#waiters]) {
      const choice = chooseInRange(version, options, moment, waiter.request);
      if (choice !== undefined) return choice;
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      const leftAlone = this.#failureIn(waiter.request, version.tables());
      if (leftAlone === undefined) waiter.resolve();
      else waiter.reject(leftAlone);
    }
    return choose(version, options, moment);
  }

  /** What waits for a pause of the writes waits for what the pause has flushed too, and so merges it once, with the rest. */
  #moment(isQuiet = this.#quiet.isQuiet() && !this.#core.isFlushDue): ChoiceMoment {
    const { environment, snapshots } = this.#core;
    return { nowMs: environment.clock.now(), oldestSnapshot: snapshots.oldest, excluded: this.#excluded, isQuiet };
  }

  async #move({ inputs, inputLevel, outputLevel }: Choice): Promise<void> {
    await this.#commit({
      removed: inputs.map(({ fileNumber }) => ({ level: inputLevel, fileNumber })),
      added: inputs.map((table) => ({ level: outputLevel, table })),
    });
    this.#tablesMoved += inputs.length;
  }

  async #merge(choice: Choice): Promise<JobResult> {
    const { environment, directory, options, manifest, executor, snapshots, state } = this.#core;
    const { inputs, inputLevel, outputLevel, overlaps, deeper } = choice;
    const { version } = state.live;
    const clearedValueFiles = filesToClear(version, this.#excluded);
    const outputBytes = uncompressedBytesOf([...inputs, ...overlaps]) + bytesOfValueFiles(version, clearedValueFiles);
    const fileNumberCount = fileNumbersFor(outputBytes, options.tableBytesMax);
    const valueFileNumberCount = valueFileNumbersFor(outputBytes, options);
    const held = state.live.retain();
    try {
      const result = await executor.run(
        'compaction',
        {
          directory,
          source: { kind: 'tables', runs: runsOf(choice) },
          options,
          bloomBitsPerKey: bloomBitsFor(outputLevel, levelTargets(version, options), options),
          snapshots: snapshots.sequences(),
          clearedValueFiles,
          nowMs: environment.clock.now(),
          older: deeper,
          grandparents: deeper[0] ?? [],
          firstFileNumber: manifest.allocate(fileNumberCount),
          fileNumberCount,
          firstValueFileNumber: manifest.allocate(valueFileNumberCount),
          valueFileNumberCount,
          outputBytesMax: options.tableBytesMax,
          bytesPerSecondMax: options.compactionBytesPerSecondMax,
        },
        this.#cancellation,
      );
      await this.#commit({
        removed: [
          ...inputs.map(({ fileNumber }) => ({ level: inputLevel, fileNumber })),
          ...overlaps.map(({ fileNumber }) => ({ level: outputLevel, fileNumber })),
        ],
        added: result.outputs.map((table) => ({ level: outputLevel, table })),
        valueFiles: result.valueFiles,
      });
      this.#leaveAlone(result.unreadableValueFiles);
      return result;
    } finally {
      held.release();
    }
  }

  async #commit(edit: VersionEdit): Promise<void> {
    await this.#core.manifest.commit(edit, (version) => this.#core.install(version));
  }

  #succeeded(): void {
    this.#failures = 0;
    if (this.#excluded.size > 0 || this.#core.compactionFailure === undefined) return;
    this.#core.compactionFailure = undefined;
    this.#core.failuresChanged();
  }

  #failed(error: unknown, choice: Choice): void {
    if (this.#core.isClosed) return;
    const failure = this.#core.report('a compaction failed', error);
    this.#core.compactionFailure = failure;
    if (isCoreCacheError(failure, 'CORRUPTION')) {
      for (const fileNumber of damagedTables(failure, choice)) this.#excluded.add(fileNumber);
    } else {
      this.#rejectWaiters(failure);
      this.#failures++;
      if (this.#core.manifest.failure === undefined) {
        this.#retry = this.#core.environment.clock.setTimer(retryDelayMs(this.#failures), () => {
          this.#retry = undefined;
          this.wake();
        });
      }
    }
    this.#core.failuresChanged();
  }

  /** A damaged value stays where it is; its file would otherwise be chosen again and again. */
  #leaveAlone(valueFiles: readonly FileNumber[]): void {
    for (const fileNumber of valueFiles) {
      this.#excluded.add(fileNumber);
      const file = join(this.#core.directory, valueFile(fileNumber));
      this.#core.compactionFailure = this.#core.report(
        'a value file cannot be cleared',
        corruption(file, undefined, 'holds values that cannot be read'),
      );
    }
  }

  #failureIn({ range }: RangeRequest, tables: readonly TableSummary[]): CoreCacheError | undefined {
    const isLeftAlone = tables.some((table) => this.#excluded.has(table.fileNumber) && isInRange(table, range));
    return isLeftAlone ? this.#core.compactionFailure : undefined;
  }

  #rejectWaiters(error: unknown): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(error);
  }

  #cancelRetry(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  /** Looks again when writes pause, if there is something to do then. The end of a flush wakes it in any case. */
  #awaitQuiet(): void {
    const { state, options, isFlushDue } = this.#core;
    const awaitsFlush = isFlushDue && this.#quiet.isQuiet();
    if (awaitsFlush || choose(state.live.version, options, this.#moment(true)) === undefined) this.#quiet.cancel();
    else this.#quiet.await(() => this.wake());
  }

  /** Looks again when the next table will have enough to drop. */
  #awaitExpiry(): void {
    this.#expiry?.cancel();
    this.#expiry = undefined;
    const { state, environment, snapshots } = this.#core;
    const nowMs = environment.clock.now();
    let nextMs = Infinity;
    for (const { summary } of state.live.runs.flat()) {
      if (summary.maxSequence > snapshots.oldest || this.#excluded.has(summary.fileNumber)) continue;
      nextMs = Math.min(nextMs, ...staleTimes(summary).filter((ms) => ms > nowMs));
    }
    if (nextMs !== Infinity) this.#expiry = environment.clock.setTimer(nextMs - nowMs, () => this.wake());
  }
}

function bytesOfValueFiles({ valueFiles }: Version, numbers: readonly FileNumber[]): number {
  return valueFiles.reduce((sum, { fileNumber, bytes }) => (numbers.includes(fileNumber) ? sum + bytes : sum), 0);
}

/** The newest first: tables of level 0 one by one, then the rest of the inputs, then what they are merged into. */
function runsOf({ inputs, inputLevel, overlaps }: Choice): TableSummary[][] {
  const upper = inputLevel === 0 ? inputs.map((table) => [table]) : [[...inputs]];
  return overlaps.length === 0 ? upper : [...upper, [...overlaps]];
}

/** The table that the error names; all inputs when it names none of them. */
function damagedTables({ data }: CoreCacheError, { inputs, overlaps }: Choice): number[] {
  const numbers = [...inputs, ...overlaps].map(({ fileNumber }) => fileNumber);
  const parsed = typeof data['file'] === 'string' ? parseFileName(basename(data['file'])) : undefined;
  if (parsed === undefined || !('number' in parsed) || !numbers.includes(parsed.number)) return numbers;
  return [parsed.number];
}
