/**
 * What a read may take, besides `QUICK_MS_PER_BYTE` for each byte, without being charged: twenty times what the page
 * cache needs, on any machine. A device that answers within it (fast ones do) may be waited for: a thread is not much
 * cheaper.
 */
const QUICK_MS = 0.05;
const QUICK_MS_PER_BYTE = 1e-6;
/**
 * What each byte may take when the counts show no device: copying out of memory that no cache of the processor has, while
 * other threads, and other machines on the same host, use that memory too.
 */
const COPY_MS_PER_BYTE = 4e-6;
/** How much of the time the event loop may wait because slow reads were taken for quick ones. */
const WAIT_SHARE = 1 / 32;
/**
 * So much may be owed for reads that no count shows to have waited before they stop: a few of the interruptions that come
 * at random, of about a tenth of a millisecond each.
 */
const OWED_MS_MAX = 0.5;
/**
 * Reads are not stopped for longer: a process that was paused for minutes in the middle of a read is the same as
 * before.
 */
const STOP_MS_MAX = 60_000;

/** What the judgement goes by. The two counts are looked at after a slow read only. */
export interface InlineReadSigns {
  /** Milliseconds since some fixed moment, to the microsecond. */
  monotonic(): number;
  /** Grows when this thread waits for a device to read from; always another number where nobody counts. */
  deviceReads(): number;
  /** How long this thread has been ready to run while no processor was free, in milliseconds; 0 where nobody counts. */
  processorWaitMs(): number;
}

/**
 * Judges whether a file may be read on the event loop itself.
 *
 * A read that the page cache answers takes about two microseconds. To hand it to a thread and to get it back costs the
 * event loop more than that, and the caller many times as much. A read that waits for a device, on the other hand, must
 * not be waited for here. Which of the two it will be nobody says beforehand (Linux would: `preadv2` with `RWF_NOWAIT`;
 * Node.js has no such call), so it is guessed from those before it: reads are inline as long as they are quick.
 *
 * **Debt.** What a slow read is charged has to be paid for by 32 times as much time, and debts add up. While reads are
 * stopped, all go to threads. They go on when everything is paid. A call that is synchronous itself reads here all the
 * same; its reads, when they are slow, keep the others stopped until 32 times the last of them has passed, but are no
 * debt: whoever makes such calls has chosen to wait.
 *
 * **Not every slow read stops them.** It may only have lost its processor for a while, on a busy machine every few
 * milliseconds, and threads would not have answered sooner. So what a slow read is taken for depends on the signs:
 *  - The system has counted a read from a device: it waited. It is charged all that it took, and reads stop.
 *  - Otherwise the time is taken off in which the thread had no processor since the last slow read. When no more is
 *    left than a quick read takes, that was it: nothing is charged.
 *  - Much that was read may have taken long to copy: so far no device was seen, and no more is left than
 *    `COPY_MS_PER_BYTE` explains. That is not charged either, for a thread copies no faster.
 *  - What is left otherwise is charged. There are waits that no count shows: of file systems over a network or in user
 *    space, for a page that another thread is reading; and lost processors that none shows: to interrupts, to a
 *    hypervisor. One such read alone is let pass, however long it took, and more of them as long as no more than
 *    `OWED_MS_MAX` is owed for all together: an interruption makes a read slow by a tenth of a millisecond, and two may
 *    well come in a row. Beyond that it is no chance any more: reads stop.
 *
 * **What that bounds.** When reads are inline and nothing is owed, all that slow reads were charged so far is at most
 * 1/32 of the time since the first of them; at any moment it is that, `OWED_MS_MAX`, and at most two reads more. (Where
 * reads take two seconds and more, it is two of them a minute.) What was taken off for lost processors is not in it, and
 * is no more than what the thread has indeed waited for processors, as each such wait is taken off but once. Quick reads
 * are not in it either, nor those that copying explains: one costs `QUICK_MS` and its bytes at most (0.7 ms for the
 * largest), and callers bound for how long they do them in a row. So no device, however slow or well hidden, takes more of
 * the event loop than that.
 */
export class InlineReads {
  readonly #signs: InlineReadSigns;
  #areStopped = false;
  /** By then all slow reads so far are paid for. */
  #paidAtMs = -Infinity;
  #deviceReads: number;
  #processorWaitMs: number;

  constructor(signs: InlineReadSigns) {
    this.#signs = signs;
    this.#deviceReads = signs.deviceReads();
    this.#processorWaitMs = signs.processorWaitMs();
  }

  /** Whether the next read is likely to be quick. */
  get isAllowed(): boolean {
    if (this.#areStopped && this.#signs.monotonic() >= this.#paidAtMs) this.#areStopped = false;
    return !this.#areStopped;
  }

  /**
   * Carries out a read on this thread, and learns from it, also when it throws. `read` returns how many bytes it was.
   */
  measure(read: () => number): number {
    const startMs = this.#signs.monotonic();
    let bytes = 0;
    try {
      bytes = read();
    } finally {
      const endMs = this.#signs.monotonic();
      if (endMs - startMs > QUICK_MS + bytes * QUICK_MS_PER_BYTE) this.#judge(startMs, endMs, bytes);
    }
    return bytes;
  }

  #judge(startMs: number, endMs: number, bytes: number): void {
    const deviceReads = this.#signs.deviceReads();
    const processorWaitMs = this.#signs.processorWaitMs();
    const isFromDevice = deviceReads !== this.#deviceReads;
    const excusedMs = isFromDevice ? 0 : processorWaitMs - this.#processorWaitMs;
    this.#deviceReads = deviceReads;
    this.#processorWaitMs = processorWaitMs;
    const chargedMs = endMs - startMs - excusedMs;
    const explainedMs = QUICK_MS + bytes * (isFromDevice ? QUICK_MS_PER_BYTE : COPY_MS_PER_BYTE);
    if (chargedMs > explainedMs) this.#charge(chargedMs, startMs, endMs, isFromDevice);
  }

  #charge(chargedMs: number, startMs: number, endMs: number, isFromDevice: boolean): void {
    const isPaid = startMs >= this.#paidAtMs;
    const wereStopped = this.#areStopped && !isPaid;
    const owedFromMs = wereStopped ? endMs : Math.max(this.#paidAtMs, endMs);
    const paidAtMs = Math.max(this.#paidAtMs, owedFromMs + chargedMs / WAIT_SHARE);
    this.#paidAtMs = Math.min(paidAtMs, endMs + STOP_MS_MAX);
    this.#areStopped = isFromDevice || (!isPaid && (this.#paidAtMs - endMs) * WAIT_SHARE > OWED_MS_MAX);
  }
}
