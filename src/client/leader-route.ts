import { CoreCacheError } from '../base/errors.js';

export interface RouteTarget {
  /** `http://host:port` */
  readonly base: string;
  /** Ask to be sent to the leader (421) instead of being forwarded. */
  readonly noForward: boolean;
}

/**
 * Where to send the next request. Nodes are asked not to forward, so that the client learns who leads and spares every
 * later request a hop. A leader whose address does not work from here (it advertises an inner one) is forgotten, and the
 * nodes that were given by name are used with their forwarding from then on, until another leader is named.
 */
export class LeaderRoute {
  readonly #seeds: readonly string[];
  #seed = 0;
  #leader: string | undefined;
  #unreachable: string | undefined;

  /** @throws CoreCacheError `INVALID_ARGUMENT` for no URL, or one that is not `http://host[:port]` */
  constructor(urls: readonly string[]) {
    if (urls.length === 0) throw new CoreCacheError('INVALID_ARGUMENT', 'no URL of a node was given');
    this.#seeds = urls.map(originOf);
  }

  get next(): RouteTarget {
    if (this.#leader !== undefined) return { base: this.#leader, noForward: true };
    return { base: this.#seeds[this.#seed] ?? '', noForward: this.#unreachable === undefined };
  }

  /** A node said with 421 that the leader is at `host:port`. */
  leaderIs(address: string): void {
    const base = `http://${address}`;
    this.#leader = base === this.#unreachable || !URL.canParse(base) ? undefined : base;
    if (!URL.canParse(base)) this.#unreachable = base;
  }

  /** No use asking there again at once: the leader stepped down or went away, or the node has no leader to name. */
  failed(base: string, couldConnect: boolean): void {
    if (base === this.#leader) {
      this.#leader = undefined;
      if (!couldConnect) this.#unreachable = base;
    } else {
      this.#seed = (this.#seed + 1) % this.#seeds.length;
    }
  }

  /** An answer came, so what was believed unreachable is given another chance when it is named again. */
  succeeded(base: string): void {
    if (base === this.#leader) this.#unreachable = undefined;
  }
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' || url.pathname !== '/' || url.search !== '' || url.username !== '') {
    throw new CoreCacheError('INVALID_ARGUMENT', `${text} is not the URL of a node; expected http://host:port`);
  }
  return url.origin;
}
