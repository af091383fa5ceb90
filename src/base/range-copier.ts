import { copyRange } from './bytes.js';

/** As many as most merges have runs. More of them are looked up in vain, and made anew. */
const SOURCES = 8;
/** Up to here words are faster than `set`, with the view that it takes. */
const WORDS_BYTES_MAX = 128;
/** Out of memory that threads share. A memtable has larger values aligned, which `set` then copies by words itself. */
const SHARED_WORDS_BYTES_MAX = 1023;

/**
 * Copies short ranges out of a few sources, now this one and now that, as the writer of a table does: out of a memtable, or
 * a block of each run that it merges.
 *
 * It copies by words, through a view of each source that is kept. `set` takes a view of each range, an object for every
 * copy; and out of memory that threads share it copies byte by byte, unless both sides are aligned alike.
 *
 * Sources are kept from the collector as long as the copier is.
 */
export class RangeCopier {
  readonly #sources = new Array<Uint8Array>(SOURCES).fill(NOTHING);
  readonly #views = new Array<DataView>(SOURCES).fill(VIEW_OF_NOTHING);
  readonly #bytesMax = new Int32Array(SOURCES);
  /** The place of the source that was noted first of those kept. */
  #oldest = 0;
  #target: Uint8Array = NOTHING;
  #targetView: DataView = VIEW_OF_NOTHING;

  /** As `copyRange`. */
  copy(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): void {
    const place = this.#placeOf(source);
    if (end - start > this.#bytesMax[place]!) {
      copyRange(source, start, end, target, at);
      return;
    }
    if (target !== this.#target) {
      this.#target = target;
      this.#targetView = viewOfAll(target);
    }
    copyWords(this.#views[place]!, start, end, this.#targetView, at);
  }

  #placeOf(source: Uint8Array): number {
    const sources = this.#sources;
    for (let place = 0; place < SOURCES; place++) if (sources[place] === source) return place;
    return this.#note(source);
  }

  #note(source: Uint8Array): number {
    const place = this.#oldest;
    const view = viewOfAll(source);
    this.#sources[place] = source;
    this.#views[place] = view;
    this.#bytesMax[place] = view.buffer instanceof SharedArrayBuffer ? SHARED_WORDS_BYTES_MAX : WORDS_BYTES_MAX;
    this.#oldest = (place + 1) % SOURCES;
    return place;
  }
}

function copyWords(source: DataView, start: number, end: number, target: DataView, at: number): void {
  let from = start;
  for (const last = end - 16; from <= last; from += 16, at += 16) {
    target.setInt32(at, source.getInt32(from, true), true);
    target.setInt32(at + 4, source.getInt32(from + 4, true), true);
    target.setInt32(at + 8, source.getInt32(from + 8, true), true);
    target.setInt32(at + 12, source.getInt32(from + 12, true), true);
  }
  for (; from < end; from++) target.setInt8(at++, source.getInt8(from));
}

function viewOfAll(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const NOTHING: Uint8Array = new Uint8Array(0);
const VIEW_OF_NOTHING = new DataView(NOTHING.buffer);
