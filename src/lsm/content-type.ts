/**
 * Content types as bytes and back. The same few are used over and over, so the last one is remembered: decoding it again
 * costs a comparison and no string.
 */
export class ContentTypeDecoder {
  #bytes = Buffer.alloc(0);
  #text = '';

  decode(source: Uint8Array, start: number, end: number): string {
    const known = this.#bytes;
    let same = known.length === end - start;
    for (let i = 0; same && i < known.length; i++) same = known[i] === source[start + i];
    if (!same) {
      this.#bytes = Buffer.from(source.subarray(start, end));
      this.#text = this.#bytes.toString('utf8');
    }
    return this.#text;
  }
}

/** Bytes of a content type; `undefined` for the empty one, which is not stored. */
export function encodeContentType(contentType: string): Uint8Array | undefined {
  return contentType === '' ? undefined : Buffer.from(contentType, 'utf8');
}
