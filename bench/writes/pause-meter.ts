import { PerformanceObserver } from 'node:perf_hooks';
import { MainThread } from '../main-thread.js';

const TICK_MS = 1;
/** Pauses below this are not kept one by one. */
const KEPT_MS = 10;

/** A stretch of time on the clock of `performance.now()`. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A pause as it is seen when it ends. */
interface LateTick extends Span {
  /** The part of it in which the thread was ready to run and no processor was free; absent where that is not known. */
  readonly waitedMs: number | undefined;
}

export interface Pause extends LateTick {
  /** The part of it in which the garbage collector had stopped the program. */
  readonly collectorMs: number;
}

export interface PausesSeen {
  readonly longestMs: number;
  /** Those of 10 ms and more. */
  readonly pauses: readonly Pause[];
  /** When the garbage collector had stopped the program. */
  readonly collections: readonly Span[];
}

/**
 * How late the event loop comes round, and how much of that is the garbage collector's doing. A timer of one millisecond
 * that is late says when and how long the loop was held up; `monitorEventLoopDelay` says how long, but not when, so that
 * its pauses cannot be laid beside the collector's. What is left of a pause after the collector's part, and after the time
 * in which no processor was free, is code that ran, native calls included.
 */
export class PauseMeter {
  readonly #collections: Span[] = [];
  readonly #pauses: LateTick[] = [];
  readonly #mainThread = new MainThread();
  readonly #observer = new PerformanceObserver((list) => this.#collect(list.getEntries()));
  readonly #timer: NodeJS.Timeout;
  #lastTick = performance.now();
  #lastWaitMs = this.#mainThread.waitedMs();
  #maxMs = 0;
  #longestMs = 0;

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** The longest pause since the last call, the one that is going on included. */
  takeMaxMs(): number {
    const maxMs = Math.max(this.#maxMs, performance.now() - this.#lastTick - TICK_MS, 0);
    this.#maxMs = 0;
    return maxMs;
  }

  stop(): PausesSeen {
    this.#tick();
    clearInterval(this.#timer);
    this.#mainThread.close();
    this.#collect(this.#observer.takeRecords());
    this.#observer.disconnect();
    const [pauses, collections] = [this.#pauses, this.#collections];
    return { longestMs: this.#longestMs, pauses: withoutCollector(pauses, collections), collections };
  }

  #tick(): void {
    const now = performance.now();
    const lateMs = now - this.#lastTick - TICK_MS;
    if (lateMs > this.#maxMs) this.#maxMs = lateMs;
    if (lateMs > this.#longestMs) this.#longestMs = lateMs;
    const waitMs = this.#mainThread.waitedMs();
    if (lateMs >= KEPT_MS) {
      const waitedMs = waitMs === undefined || this.#lastWaitMs === undefined ? undefined : waitMs - this.#lastWaitMs;
      this.#pauses.push({ fromMs: now - lateMs, toMs: now, waitedMs });
    }
    this.#lastTick = now;
    this.#lastWaitMs = waitMs;
  }

  #collect(entries: readonly { readonly startTime: number; readonly duration: number }[]): void {
    for (const { startTime, duration } of entries) {
      this.#collections.push({ fromMs: startTime, toMs: startTime + duration });
    }
  }
}

/** Both in the order of their times. */
export function withoutCollector(pauses: readonly LateTick[], collections: readonly Span[]): Pause[] {
  let first = 0;
  return pauses.map((pause) => {
    const { fromMs, toMs } = pause;
    while (first < collections.length && collections[first]!.toMs <= fromMs) first++;
    let collectorMs = 0;
    for (let i = first; i < collections.length && collections[i]!.fromMs < toMs; i++) {
      const { fromMs: from, toMs: to } = collections[i]!;
      collectorMs += Math.min(to, toMs) - Math.max(from, fromMs);
    }
    return { ...pause, collectorMs };
  });
}
