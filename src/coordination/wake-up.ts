/** Something to wait for that may happen before anyone waits; however often it happens, it wakes once. */
export class WakeUp {
  #isPending = false;
  #wake: (() => void) | undefined = undefined;

  signal(): void {
    this.#isPending = true;
    this.#wake?.();
  }

  async wait(): Promise<void> {
    if (!this.#isPending) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    this.#isPending = false;
  }
}
