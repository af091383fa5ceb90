import { CoreCacheError } from '../base/errors.js';

const PERCENT = 0x25;

/**
 * The bytes that a percent-encoded path segment or query value stands for (RFC 3986, section 2.1). Any byte may be
 * encoded, `%2F`, `%00` and bytes that are not UTF-8 included.
 * @throws CoreCacheError `INVALID_ARGUMENT` naming `what` for a `%` without two hexadecimal digits after it
 */
export function percentDecode(text: string, what: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf8');
  if (!text.includes('%')) return bytes;
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    let byte = bytes[at] ?? 0;
    if (byte === PERCENT) {
      const high = hexadecimalDigit(bytes[at + 1]);
      const low = hexadecimalDigit(bytes[at + 2]);
      if (high < 0 || low < 0) {
        throw new CoreCacheError('INVALID_ARGUMENT', `${what}: % must be followed by two hexadecimal digits`);
      }
      byte = high * 16 + low;
      at += 2;
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}

/** The inverse: every byte that is not an unreserved character is encoded. */
export function percentEncode(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += encodedBytes[byte] ?? '';
  return text;
}

const encodedBytes = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9\-._~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

function hexadecimalDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
