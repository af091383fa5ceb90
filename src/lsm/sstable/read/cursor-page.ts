import type { PageSource } from './table-source.js';
import type { IndexPage } from '../index/index-page.js';

/** The index page that a cursor went by last, held until it goes by another. */
export class CursorPage {
  readonly #pages: PageSource;
  #number = 0;
  #page: IndexPage | undefined = undefined;

  constructor(pages: PageSource) {
    this.#pages = pages;
  }

  /**
   * That page without waiting; `undefined` when it is to be loaded. @throws CoreCacheError `CORRUPTION`, or of the file
   * system
   */
  now(number: number): IndexPage | undefined {
    if (this.#page !== undefined && this.#number === number) return this.#page;
    this.close();
    this.#number = number;
    const cached = this.#pages.cached(number);
    if (cached !== undefined) {
      this.#keep(cached);
      return cached;
    }
    const page = this.#pages.readNow(number);
    // It comes held.
    this.#page = page;
    return page;
  }

  /** The page that `now`, `load` or `loadSync` came to last. */
  get held(): IndexPage {
    return this.#page!;
  }

  /** The page that `now` could not give; kept only when `isWanted` says so once it has come. */
  load(isWanted: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pages.load(this.#number, {
        loaded: (page) => {
          if (isWanted()) this.#keep(page);
          resolve();
        },
        failed: reject,
      });
    });
  }

  /** As `load`, on this thread. */
  loadSync(): void {
    this.#page = this.#pages.readSync(this.#number);
  }

  close(): void {
    this.#page?.release();
    this.#page = undefined;
  }

  #keep(page: IndexPage): void {
    page.hold();
    this.#page = page;
  }
}
