/** Lets go of the thread until the event loop has come round once. All who ask in one turn share it. */
export class EventLoopTurn {
  #next: Promise<void> | undefined;

  next(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#next = undefined;
        resolve();
      });
    });
    return this.#next;
  }
}
