import type { LeaderStore } from '../node/leader-store.js';
import { formatSessionToken } from '../protocol/session-token.js';

/** The session token of every answer: made once for each position of the store, not once for each answer. */
export class SessionTokens {
  readonly #store: LeaderStore;
  #epoch = -1;
  #sequence = -1;
  #token = '';

  constructor(store: LeaderStore) {
    this.#store = store;
  }

  current(): string {
    const { epoch, sequence } = this.#store.position;
    if (epoch !== this.#epoch || sequence !== this.#sequence) {
      this.#epoch = epoch;
      this.#sequence = sequence;
      this.#token = formatSessionToken({ epoch, sequence });
    }
    return this.#token;
  }
}
