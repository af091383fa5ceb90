import { CoreCacheError } from '../base/errors.js';
import type { VersionTag } from './version-tag.js';

const FORMAT = '1';

/** The opaque text by which a client shows how much of the history it has seen. */
export function formatSessionToken(seen: VersionTag): string {
  return Buffer.from(`${FORMAT}.${seen.epoch}.${seen.sequence}`, 'latin1').toString('base64url');
}

/** @throws CoreCacheError `INVALID_ARGUMENT` when the text was not made by `formatSessionToken` */
export function parseSessionToken(text: string): VersionTag {
  const match = /^1\.(\d{1,16})\.(\d{1,16})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const seen = match && { epoch: Number(match[1]), sequence: Number(match[2]) };
  if (!seen || !Number.isSafeInteger(seen.epoch) || !Number.isSafeInteger(seen.sequence)) {
    throw new CoreCacheError('INVALID_ARGUMENT', 'Corecache-Session is not a session token of this server');
  }
  return seen;
}

/** The one of two positions that is further on. */
export function laterOf(a: VersionTag, b: VersionTag): VersionTag {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch ? a : b;
  return a.sequence >= b.sequence ? a : b;
}
