import { CoreCacheError } from '../base/errors.js';

/** How bytes stand in JSON. */
export type TextEncoding = 'utf8' | 'base64';
export const textEncodings: readonly TextEncoding[] = ['utf8', 'base64'];

const LONE_SURROGATE = /\p{Surrogate}/u;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text as bytes. @throws CoreCacheError `INVALID_ARGUMENT` naming `what` when the text is not of this encoding */
export function textToBytes(text: string, encoding: TextEncoding, what: string): Uint8Array {
  const bytes = Buffer.from(text, encoding);
  if (encoding === 'base64' && bytes.toString('base64') !== text) {
    throw new CoreCacheError('INVALID_ARGUMENT', `${what}: not base64 (RFC 4648, section 4, with padding)`);
  }
  if (encoding === 'utf8' && LONE_SURROGATE.test(text)) {
    throw new CoreCacheError('INVALID_ARGUMENT', `${what}: half of a surrogate pair is not text; use base64`);
  }
  return bytes;
}

export function bytesToText(bytes: Uint8Array, encoding: TextEncoding): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encoding);
}

/** The text whose UTF-8 form is exactly these bytes; `undefined` when there is none. */
export function utf8TextOf(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
