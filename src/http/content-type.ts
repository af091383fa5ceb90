import { CoreCacheError } from '../base/errors.js';

const DEFAULT_TYPE = 'application/octet-stream';
/** What may stand in the value of a header (RFC 9110, section 5.5). */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** @throws CoreCacheError `INVALID_ARGUMENT` naming `what` for a type that no answer could carry in its header */
export function checkedContentType(contentType: string | undefined, what: string): string | undefined {
  if (contentType === undefined || HEADER_VALUE.test(contentType)) return contentType;
  throw new CoreCacheError('INVALID_ARGUMENT', `${what}: contentType has characters that no header may have`);
}

/** The stored type as a header; a program that embeds the store may have written what cannot be one. */
export function contentTypeOf(stored: string): string {
  return stored === '' || !HEADER_VALUE.test(stored) ? DEFAULT_TYPE : stored;
}
