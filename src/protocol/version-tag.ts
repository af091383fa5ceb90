import { CoreCacheError } from '../base/errors.js';

/** One version of one key: who led when it was written, and its place in the history. */
export interface VersionTag {
  readonly epoch: number;
  readonly sequence: number;
}

/** `"<epoch>-<sequence>"`, quotes included: a strong ETag (RFC 9110, section 8.8.3). */
export function formatEtag(version: VersionTag): string {
  return `"${version.epoch}-${version.sequence}"`;
}

/** The version that an ETag of ours names; `undefined` for any other text, weak ETags included. */
export function parseEtag(text: string): VersionTag | undefined {
  const match = /^"(0|[1-9]\d{0,15})-(0|[1-9]\d{0,15})"$/.exec(text);
  if (match === null) return undefined;
  const version = { epoch: Number(match[1]), sequence: Number(match[2]) };
  return Number.isSafeInteger(version.epoch) && Number.isSafeInteger(version.sequence) ? version : undefined;
}

export function sameVersion(a: VersionTag, b: VersionTag): boolean {
  return a.epoch === b.epoch && a.sequence === b.sequence;
}

/**
 * `If-Match` or `If-None-Match`: any version, or one of a list of ETags as they were written, weak ones with their `W/`.
 * An ETag of another server's making is kept: it is a valid tag that happens to match nothing here.
 */
export type EtagCondition = '*' | readonly string[];

/** @throws CoreCacheError `INVALID_ARGUMENT` when the header is neither `*` nor a list of quoted tags */
export function parseEtagCondition(header: string, name: string): EtagCondition {
  const text = header.trim();
  if (text === '*') return '*';
  const tags: string[] = [];
  const tag = /\s*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")\s*(,|$)/y;
  while (tag.lastIndex < text.length) {
    const match = tag.exec(text);
    if (match?.[1] === undefined) {
      throw new CoreCacheError('INVALID_ARGUMENT', `${name} takes * or ETags in double quotes, got ${text}`);
    }
    tags.push(match[1]);
  }
  if (tags.length === 0) throw new CoreCacheError('INVALID_ARGUMENT', `${name} is empty; it takes * or an ETag`);
  return tags;
}
