import { CoreCacheError, isCoreCacheError, messageOf } from '../../base/errors.js';
import type { Environment } from '../../env/environment.js';
import type { MappingBudget } from '../cache/mapping-budget.js';
import type { JobExecutor } from '../compaction/job-executor.js';
import { pendingBytes } from '../compaction/level-targets.js';
import type { LiveVersion, LiveVersions } from '../tree/live-version.js';
import type { Memtable } from '../memtable/memtable.js';
import { MemtablePool } from '../memtable/memtable-pool.js';
import type { Manifest } from '../manifest/manifest.js';
import type { Version } from '../manifest/version.js';
import { SnapshotList } from '../tree/snapshot-list.js';
import type { TreeOptions } from '../tree-options.js';
import { MemtableSpan, type TreeState } from '../tree/tree-state.js';
import type { StallCause } from '../tree/tree-stats.js';
import { WriteStall } from '../tree/write-stall.js';

export interface TreeParts {
  readonly environment: Environment;
  readonly directory: string;
  readonly options: TreeOptions;
  readonly manifest: Manifest;
  readonly versions: LiveVersions;
  readonly executor: JobExecutor;
  readonly mappings: MappingBudget;
  readonly onFlushed: (flushedSequence: number) => void;
  readonly onFailure: (error: CoreCacheError) => void;
}

/**
 * In how many steps an active memtable counts as full, rounded up: so writes stop before the last step of the last memtable
 * that they may fill, and those already on their way fit into what is left of it. At each of them mapped tables that nobody
 * looks at make room.
 */
const FILL_STEPS = 8;

/**
 * When writes pause, a memtable with this part of its size is flushed before it is full, so that the log is let go of and
 * need not be replayed. Less would leave more and smaller tables behind than writes without pauses do, and they cost more
 * to merge.
 */
const QUIET_SHARE_MIN = 1 / 2;

/**
 * When a flush has ended and less of the active memtable is filled, writes take at least twice as long to fill one as a
 * flush takes. Those at full speed have filled most of it by then.
 */
const NEXT_SOON_SHARE_MIN = 1 / 2;

/** What a tree's front, its flusher and its compactor share: the state, and the one way to change it. */
export class TreeCore {
  readonly environment: Environment;
  readonly directory: string;
  readonly options: TreeOptions;
  readonly manifest: Manifest;
  readonly versions: LiveVersions;
  readonly executor: JobExecutor;
  readonly snapshots: SnapshotList;
  readonly stall: WriteStall;
  readonly onFlushed: (flushedSequence: number) => void;
  /** Called when the version has changed, or a snapshot was released. */
  onCompactable: () => void = () => undefined;
  /** What keeps flushes or compactions from succeeding at the moment. */
  flushFailure: CoreCacheError | undefined = undefined;
  compactionFailure: CoreCacheError | undefined = undefined;
  isClosed = false;
  readonly #onFailure: (error: CoreCacheError) => void;
  readonly #memtables: MemtablePool;
  #state: TreeState;
  readonly #mappings: MappingBudget;
  /** Of the active memtable. */
  #fullSteps = 0;

  constructor(parts: TreeParts) {
    this.environment = parts.environment;
    this.directory = parts.directory;
    this.options = parts.options;
    this.manifest = parts.manifest;
    this.versions = parts.versions;
    this.executor = parts.executor;
    this.onFlushed = parts.onFlushed;
    this.#onFailure = parts.onFailure;
    this.snapshots = new SnapshotList(() => this.onCompactable());
    this.stall = new WriteStall(parts.environment.clock, parts.options, (cause) => this.#refusal(cause));
    const { memtableBytesMax } = parts.options;
    const { version } = parts.manifest;
    this.#mappings = parts.mappings;
    this.#memtables = new MemtablePool(parts.options, parts.environment.clock);
    const active = new MemtableSpan(this.#memtables.take(memtableBytesMax), version.flushedSequence, version.lastEpoch);
    this.#state = { active, sealed: [], live: parts.versions.install(version) };
    this.#updateStall();
  }

  get state(): TreeState {
    return this.#state;
  }

  /** Why nothing can be flushed or compacted any more: `CLOSED` or `POISONED`. */
  get unavailable(): CoreCacheError | undefined {
    return this.isClosed
      ? new CoreCacheError('CLOSED', `${this.directory}: the tree is closed`)
      : this.manifest.failure;
  }

  /** The active memtable is flushed when writes pause. */
  get isActiveWorthFlushing(): boolean {
    return this.#state.active.memtable.bytesUsed >= this.options.memtableBytesMax * QUIET_SHARE_MIN;
  }

  /** When writes have paused: there is a flush that can be expected to put a table into level 0 soon. */
  get isFlushDue(): boolean {
    return this.flushFailure === undefined && (this.#state.sealed.length > 0 || this.isActiveWorthFlushing);
  }

  /** Puts an empty memtable in front of the active one, which is sealed from then on. */
  seal(capacityBytes: number): void {
    const { active, sealed, live } = this.#state;
    const next = new MemtableSpan(this.#memtables.take(capacityBytes), active.lastSequence, active.lastEpoch);
    this.#state = { active: next, sealed: [active, ...sealed], live };
    this.#fullSteps = 0;
    this.#updateStall();
  }

  /** The active memtable has got more. */
  grown(): void {
    const fullSteps = Math.ceil(this.#fullShare(this.#state.active.memtable) * FILL_STEPS);
    if (fullSteps === this.#fullSteps) return;
    this.#fullSteps = fullSteps;
    this.#mappings.rest();
    if (this.isActiveWorthFlushing) this.executor.prepare('flush');
    this.#updateStall();
  }

  /** Puts a committed version in the place of the present one, and with it leaves out the memtable that went into it. */
  install(version: Version, flushed?: MemtableSpan): void {
    const { active, sealed, live } = this.#state;
    const next: LiveVersion = this.versions.install(version);
    this.#state = { active, sealed: sealed.filter((span) => span !== flushed), live: next };
    live.release();
    this.#updateStall();
    this.onCompactable();
    if (flushed !== undefined) void this.#recycle(flushed.memtable);
  }

  /** Nobody reads or flushes any more. */
  releaseMemtables(): void {
    const { active, sealed } = this.#state;
    this.#memtables.close();
    for (const { memtable } of [active, ...sealed]) this.#memtables.giveBack(memtable);
  }

  /** Not in this turn: a point read that has just found something in it may yet be about to copy it out. */
  async #recycle(memtable: Memtable): Promise<void> {
    await this.environment.clock.nextTurn();
    this.#memtables.giveBack(memtable);
    const { active, sealed } = this.#state;
    if (sealed.length === 0 && this.#fullShare(active.memtable) < NEXT_SOON_SHARE_MIN) this.#memtables.dropKept();
  }

  /** Tells the operator and the tree's owner; `untilWritable` refuses where waiting became useless. */
  report(what: string, error: unknown): CoreCacheError {
    const failure = isCoreCacheError(error)
      ? error
      : new CoreCacheError('INTERNAL', messageOf(error), { cause: error });
    this.environment.logger.error(what, { directory: this.directory, code: failure.code, reason: failure.message });
    this.#onFailure(failure);
    return failure;
  }

  /** The background has found or lost a failure: writers who wait look again. */
  failuresChanged(): void {
    this.stall.wake();
  }

  #updateStall(): void {
    const { sealed, live } = this.#state;
    // With none sealed there is none to wait for, so the active one slows nobody down.
    this.stall.update({
      level0Tables: live.level0.length,
      fullMemtables: sealed.length === 0 ? 0 : sealed.length + this.#fullSteps / FILL_STEPS,
      pendingBytes: pendingBytes(live.version, this.options),
    });
  }

  #fullShare({ bytesUsed, entryCount }: Memtable): number {
    const { memtableBytesMax, memtableRecordsMax } = this.options;
    const ofBytes = bytesUsed / memtableBytesMax;
    return Math.min(1, memtableRecordsMax === 0 ? ofBytes : Math.max(ofBytes, entryCount / memtableRecordsMax));
  }

  /** Waiting is no use when nothing will be flushed any more, or when what writes wait for keeps failing. */
  #refusal(stoppedBy: StallCause | undefined): CoreCacheError | undefined {
    if (this.unavailable !== undefined) return this.unavailable;
    const failure = stoppedBy === 'memtables' ? this.flushFailure : this.compactionFailure;
    if (stoppedBy === undefined || failure === undefined) return undefined;
    const work = stoppedBy === 'memtables' ? 'flushing' : 'compaction';
    return new CoreCacheError(failure.code, `writes are refused while ${work} fails: ${failure.message}`, {
      data: failure.data,
      cause: failure,
    });
  }
}
