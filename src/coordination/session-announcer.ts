import type { SessionListener, SessionState } from './coordinator.js';

/**
 * The state of a coordinator's session, and those who want to know of its changes. Every listener hears every change in
 * order, also of changes that a listener causes.
 */
export class SessionAnnouncer {
  readonly #listeners = new Set<SessionListener>();
  readonly #unannounced: [SessionState, number][] = [];
  #isAnnouncing = false;
  #state: SessionState;
  #generation = 1;

  constructor(state: SessionState) {
    this.#state = state;
  }

  get state(): SessionState {
    return this.#state;
  }

  get generation(): number {
    return this.#generation;
  }

  listen(listener: SessionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  nextGeneration(state: SessionState): void {
    this.#generation++;
    this.announce(state);
  }

  announce(state: SessionState): void {
    this.#state = state;
    this.#unannounced.push([state, this.#generation]);
    if (this.#isAnnouncing) return;
    this.#isAnnouncing = true;
    try {
      for (let next = this.#unannounced.shift(); next !== undefined; next = this.#unannounced.shift()) {
        for (const listener of [...this.#listeners]) listener(...next);
      }
    } finally {
      this.#isAnnouncing = false;
    }
  }
}
