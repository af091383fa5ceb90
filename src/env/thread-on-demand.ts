import { isCoreCacheError } from '../base/errors.js';
import type { BackgroundThread } from './background-thread.js';
import type { Clock, Timer } from './clock.js';

/** Requests that come now and then find the thread there: it waits for so many times as long as it was last between two. */
const GAPS_WAITED = 2;
/** … but not for more than so many times as long as it waits anyway. */
const IDLE_GROWTH_MAX = 5;

/**
 * A background thread that is there as long as there is something for it to do: it starts with the first request, or ahead
 * of it when told to (`prepare`), and ends when it has had none for a while. With it goes what only the end of a thread
 * gives back: its heap, and the memory that the garbage in there still refers to. The next request starts another.
 */
export class ThreadOnDemand<Request, Response> {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #start: () => BackgroundThread<Request, Response>;
  #thread: BackgroundThread<Request, Response> | undefined = undefined;
  #openCount = 0;
  /** When the last request came, and for how long the thread is to wait for the next one. */
  #requestedAtMs = -Infinity;
  #waitMs = 0;
  #idle: Timer | undefined = undefined;
  /** Of the threads before. */
  #ended: Promise<void> = Promise.resolve();

  /** @param idleMs how long it waits for the next request before it ends: at least, for `IDLE_GROWTH_MAX` times that at most */
  constructor(clock: Clock, idleMs: number, start: () => BackgroundThread<Request, Response>) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#start = start;
  }

  /** A request is likely to come soon: it is to find the thread there. One for which none comes ends as any other. */
  prepare(): void {
    if (this.#thread !== undefined) return;
    this.#thread = this.#start();
    this.#endWhenIdle(this.#idleMs);
  }

  /** @throws CoreCacheError what the other side threw; `INTERNAL` when the thread has died */
  async request(request: Request): Promise<Response> {
    const thread = (this.#thread ??= this.#start());
    this.#idle?.cancel();
    this.#noteGap();
    this.#openCount++;
    try {
      return await thread.request(request);
    } catch (error) {
      // The thread may have died of it: the next request begins in a fresh one.
      if (isCoreCacheError(error, 'INTERNAL')) await this.#end(thread);
      throw error;
    } finally {
      if (--this.#openCount === 0) this.#endWhenIdle(this.#waitMs);
    }
  }

  /** Resolves when no thread is left. No request may be open. */
  close(): Promise<void> {
    this.#idle?.cancel();
    return this.#end(this.#thread);
  }

  #endWhenIdle(waitMs: number): void {
    this.#idle = this.#clock.setTimer(waitMs, () => void this.#end(this.#thread));
  }

  #noteGap(): void {
    const nowMs = this.#clock.monotonic();
    const gapMs = nowMs - this.#requestedAtMs;
    const waitMsMax = this.#idleMs * IDLE_GROWTH_MAX;
    this.#requestedAtMs = nowMs;
    this.#waitMs = gapMs > waitMsMax ? this.#idleMs : Math.min(waitMsMax, Math.max(this.#idleMs, gapMs * GAPS_WAITED));
  }

  /** Resolves when neither that thread is left nor one before it. */
  #end(thread: BackgroundThread<Request, Response> | undefined): Promise<void> {
    if (thread !== undefined && thread === this.#thread) {
      this.#thread = undefined;
      this.#ended = Promise.all([this.#ended, thread.terminate()]).then(() => undefined);
    }
    return this.#ended;
  }
}
