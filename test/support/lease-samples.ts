/** Looks at all participants at the same instant, every few milliseconds: how many hold the lease? */
export class LeaseSamples {
  readonly #nodes: readonly { readonly participant: { readonly leads: boolean } }[];
  #timer: NodeJS.Timeout | undefined = undefined;
  #most = 0;

  constructor(nodes: readonly { readonly participant: { readonly leads: boolean } }[]) {
    this.#nodes = nodes;
  }

  /** The largest number seen since `start`. */
  get most(): number {
    return this.#most;
  }

  start(): void {
    this.#most = 0;
    this.#timer = setInterval(() => {
      this.#most = Math.max(this.#most, this.#nodes.filter(({ participant }) => participant.leads).length);
    }, 2);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
