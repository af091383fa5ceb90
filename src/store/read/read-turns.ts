import type { Awaitable } from '../../base/awaitable.js';
import type { Clock } from '../../env/clock.js';

/** Reads that need no waiting let other work of the process in after this long. */
const TURN_MS_MAX = 5;
/** Work between two looks at the clock: some tenths of a millisecond. */
const WORK_A_LOOK = 1024;
/** What a read of one key is worth, whether it finds it or not. */
export const WORK_A_KEY = 8;
/** To copy so many bytes is as much work as to pass one entry of a scan, which is the unit. */
export const BYTES_A_WORK = 512;

/**
 * Keeps reads that need no waiting from having the event loop to themselves. A promise that is resolved already lets
 * nobody in: whoever awaits one read after the other, or has many loops of them, would keep files, sockets and timers
 * waiting for as long as all that is asked for is in memory.
 *
 * All reads of a database are counted here, each with its work, for many short ones come to the same as one that is
 * long. Now and then that leads to a look at the clock, and when a turn has lasted its time, it is over: answers wait
 * for the next. That the event loop came round by itself is not noticed; then a turn is called over too soon, once.
 */
export class ReadTurns {
  readonly #clock: Clock;
  #startedMs: number;
  #workToLook = WORK_A_LOOK;
  #next: Promise<void> | undefined = undefined;
  /** True: what can wait goes on after `next`. */
  isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.monotonic();
  }

  /** Counts work that was done in this turn. */
  spend(work: number): void {
    this.#workToLook -= work;
    if (this.#workToLook > 0) return;
    this.#workToLook = WORK_A_LOOK;
    this.isOver ||= this.#clock.monotonic() - this.#startedMs > TURN_MS_MAX;
  }

  /** Resolves in the turn after this one. */
  next(): Promise<void> {
    return (this.#next ??= this.#clock.nextTurn().then(() => {
      this.#next = undefined;
      this.#startedMs = this.#clock.monotonic();
      this.isOver = false;
    }));
  }

  /** An answer that is there already: for now, or for the next turn when this one is over. */
  answer<T>(answer: T, work: number): Awaitable<T> {
    this.spend(work);
    return this.isOver ? this.next().then(() => answer) : answer;
  }
}
