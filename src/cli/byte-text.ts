import { CoreCacheError } from '../base/errors.js';
import { bytesToText, textToBytes } from '../protocol/text-encoding.js';
import type { Flags } from './command.js';

export const byteEncodings = ['utf8', 'base64', 'hex'] as const;
export type ByteEncoding = (typeof byteEncodings)[number];

export const encodingFlag = {
  encoding: {
    type: 'string',
    choices: byteEncodings,
    default: 'utf8',
    describe: 'How keys and values stand on the command line',
  },
} as const satisfies Flags;

/** The flag as its type says; yargs has checked it. */
export function toByteEncoding(text: string): ByteEncoding {
  return byteEncodings.find((name) => name === text) ?? 'utf8';
}

/** @throws CoreCacheError `INVALID_ARGUMENT` naming `what` */
export function parseBytes(text: string, encoding: ByteEncoding, what: string): Uint8Array {
  if (encoding !== 'hex') return textToBytes(text, encoding, what);
  if (!/^([0-9A-Fa-f]{2})*$/.test(text)) {
    throw new CoreCacheError('INVALID_ARGUMENT', `${what}: ${text} is not hexadecimal (two digits a byte)`);
  }
  return Buffer.from(text, 'hex');
}

export function formatBytes(bytes: Uint8Array, encoding: ByteEncoding): string {
  return encoding === 'hex' ? Buffer.from(bytes).toString('hex') : bytesToText(bytes, encoding);
}
