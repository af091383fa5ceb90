import type { Tree } from '../../lsm/tree/tree.js';
import type { PendingWrite } from './pending-write.js';

/** What the gate must know of the partition behind it. */
export interface Admitting {
  /** Encoded bytes appended and not answered. */
  readonly inFlightBytes: number;
  readonly tree: Pick<Tree, 'isWritable' | 'untilWritable'>;
}

/**
 * The gate before a partition. It is open, and a write goes through in the same call, unless the tree asks for a delay or
 * too many bytes are on their way to the log. Then writes queue, and nobody overtakes: writes go in by the order in which
 * they were called, so of two puts of a key that were not waited for, the later one stays.
 *
 * All that wait when a delay begins go in together when it ends. So each caller feels the delay once a write, as the
 * tree means it, and the log still gets a group to commit instead of one write at a time.
 */
export class WriteAdmission {
  readonly #partition: Admitting;
  readonly #inFlightBytesMax: number;
  readonly #admit: (write: PendingWrite) => void;
  #first: PendingWrite | undefined = undefined;
  #last: PendingWrite | undefined = undefined;
  #waitingCount = 0;
  #isPumping = false;
  #whenRoom: (() => void) | undefined = undefined;
  /** How often the bytes in flight held writes back. */
  #inFlightWaits = 0;

  constructor(partition: Admitting, inFlightBytesMax: number, admit: (write: PendingWrite) => void) {
    this.#partition = partition;
    this.#inFlightBytesMax = inFlightBytesMax;
    this.#admit = admit;
  }

  get waitingCount(): number {
    return this.#waitingCount;
  }

  get inFlightWaits(): number {
    return this.#inFlightWaits;
  }

  enter(write: PendingWrite): void {
    if (!this.#isPumping && this.#hasRoom() && this.#partition.tree.isWritable) {
      this.#admit(write);
      return;
    }
    if (this.#last === undefined) this.#first = write;
    else this.#last.next = write;
    this.#last = write;
    this.#waitingCount++;
    if (!this.#isPumping) void this.#pump();
  }

  /** Bytes have left the flight. */
  roomMade(): void {
    if (this.#whenRoom === undefined || !this.#hasRoom()) return;
    const resume = this.#whenRoom;
    this.#whenRoom = undefined;
    resume();
  }

  /** Turns everybody away who still waits. */
  refuseWaiting(error: unknown): void {
    for (let write = this.#take(); write !== undefined; write = this.#take()) write.reject(error);
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    while (this.#first !== undefined) {
      const last = this.#last;
      try {
        if (!this.#hasRoom()) await this.#room();
        await this.#partition.tree.untilWritable();
      } catch (error) {
        this.refuseWaiting(error);
        break;
      }
      for (let write = this.#take(); write !== undefined; write = this.#take()) {
        this.#admit(write);
        if (write === last || !this.#hasRoom()) break;
      }
    }
    this.#isPumping = false;
  }

  #take(): PendingWrite | undefined {
    const write = this.#first;
    if (write === undefined) return undefined;
    this.#first = write.next;
    if (this.#first === undefined) this.#last = undefined;
    write.next = undefined;
    this.#waitingCount--;
    return write;
  }

  /** One write always fits, however large. */
  #hasRoom(): boolean {
    return this.#partition.inFlightBytes < this.#inFlightBytesMax;
  }

  #room(): Promise<void> {
    this.#inFlightWaits++;
    return new Promise((resolve) => {
      this.#whenRoom = resolve;
    });
  }
}
