import { availableParallelism } from 'node:os';
import type { BackgroundThread } from './background-thread.js';
import { ReadRing, RING_READ_BYTES_MAX, RING_SLOTS } from './read-ring.js';
import { startWorkerThread } from './worker-thread.js';

/** A process that reads less than this has no use for a thread. */
const READS_TO_START = 1000;
/** Reads that take longer come from a device, which wants several at a time: the pool of the system does that. */
const READ_US_MAX = 50;
/** Of those that could go to the thread then, one in so many does, to see whether that is still so. */
const PROBE_INTERVAL = 64;
/** Turns of the event loop that look for an answer before it waits for a message. */
const FRUITLESS_TURNS_MAX = 64;

/** Who waits for a read: its memory, and who is told how many bytes have come. Negative: the read failed, try again. */
interface OpenRead {
  readonly target: Uint8Array;
  readonly done: (bytesRead: number) => void;
}

/**
 * Short reads of files whose pages are in memory, off the event loop.
 *
 * The pool of threads that comes with Node.js takes the event loop 4 to 8 µs a read, for handing over, waking and the way
 * back, where the read itself takes 1 µs. Here both sides look at a ring in shared memory, for as long as there is work: a
 * submission costs some stores, an answer a copy. The thread looks out a moment longer than there is work and then answers
 * the one message that set it going; the event loop looks once each turn, and after turns without an answer waits for
 * that message.
 *
 * One thread does one read at a time. Where reads wait for a device that would be slow, so it measures them, and leaves
 * those of a slow time to the pool.
 */
class ReadThread {
  readonly #ring = new ReadRing();
  readonly #thread: BackgroundThread<undefined, undefined>;
  readonly #open: (OpenRead | undefined)[] = new Array<OpenRead | undefined>(RING_SLOTS).fill(undefined);
  #submitted = 0;
  #taken = 0;
  #untilProbe = PROBE_INTERVAL;
  #isRunning = false;
  #isLooking = false;
  #fruitlessTurns = 0;
  #isBroken = false;

  constructor() {
    const options = { name: 'read', moduleUrl: import.meta.url, entry: './read-worker.js', data: this.#ring.shared };
    this.#thread = startWorkerThread<undefined, undefined>(options);
  }

  /** False when the read is better done in another way. `done` is called in a later turn. */
  read(fd: number, target: Uint8Array, position: number, done: (bytesRead: number) => void): boolean {
    if (this.#isBroken || this.#submitted - this.#taken === RING_SLOTS) return false;
    if (this.#ring.meanReadUs > READ_US_MAX && --this.#untilProbe > 0) return false;
    this.#untilProbe = PROBE_INTERVAL;
    this.#open[this.#submitted % RING_SLOTS] = { target, done };
    this.#submitted++;
    this.#ring.submit(fd, target.length, position);
    this.#runWhenNeeded();
    this.#lookWhenNeeded();
    return true;
  }

  async terminate(): Promise<void> {
    this.#isBroken = true;
    await this.#thread.terminate();
  }

  /** Sets the thread going; when it answers, it has seen nothing more to do. */
  #runWhenNeeded(): void {
    if (this.#isRunning || this.#taken === this.#submitted) return;
    this.#isRunning = true;
    this.#thread.request(undefined).then(
      () => {
        this.#isRunning = false;
        this.#take();
        this.#runWhenNeeded();
      },
      () => this.#giveUp(),
    );
  }

  /** The thread has ended: what it did not do is done in another way. */
  #giveUp(): void {
    this.#isBroken = true;
    this.#take();
    while (this.#taken < this.#submitted) this.#settle(-1);
  }

  #lookWhenNeeded(): void {
    if (this.#isLooking || this.#taken === this.#submitted) return;
    this.#isLooking = true;
    setImmediate(this.#look);
  }

  readonly #look = (): void => {
    this.#isLooking = false;
    if (this.#take()) this.#fruitlessTurns = 0;
    else this.#fruitlessTurns++;
    if (this.#fruitlessTurns < FRUITLESS_TURNS_MAX) this.#lookWhenNeeded();
    else this.#fruitlessTurns = 0;
  };

  /** Takes what has come; true when something had. */
  #take(): boolean {
    const before = this.#taken;
    const { done } = this.#ring;
    while ((this.#taken | 0) !== done) {
      this.#settle(this.#ring.take(this.#taken, this.#open[this.#taken % RING_SLOTS]!.target));
    }
    return this.#taken > before;
  }

  #settle(bytesRead: number): void {
    const slot = this.#taken % RING_SLOTS;
    const { done } = this.#open[slot]!;
    this.#open[slot] = undefined;
    this.#taken++;
    done(bytesRead);
  }
}

let thread: ReadThread | undefined;
let readsToStart = READS_TO_START;
let openFiles = 0;

/** A file is open for reading: while any is, the thread stays. */
export function fileOpened(): void {
  openFiles++;
}

export function fileClosed(): void {
  if (--openFiles > 0 || thread === undefined) return;
  void thread.terminate();
  thread = undefined;
}

/**
 * Reads through the thread of this process, when there is one and it is the faster way; otherwise returns false, and the
 * caller has to read in another way. `done` gets the bytes read, or a negative number when they have to be read in another
 * way after all.
 */
export function readByThread(
  fd: number,
  target: Uint8Array,
  position: number,
  done: (bytesRead: number) => void,
): boolean {
  if (target.length > RING_READ_BYTES_MAX) return false;
  if (thread === undefined) {
    if (readsToStart > 0) readsToStart--;
    // A thread that looks out for work takes its processor from the one that it works for when there is only one.
    if (readsToStart > 0 || availableParallelism() === 1) return false;
    thread = new ReadThread();
  }
  return thread.read(fd, target, position, done);
}
