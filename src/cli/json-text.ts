import { bytesToText, utf8TextOf } from '../protocol/text-encoding.js';

/** Bytes in JSON: as text when that says exactly these bytes, else in base64, marked. */
export function jsonText(value: Uint8Array): { readonly value: string; readonly encoding?: 'base64' } {
  const text = utf8TextOf(value);
  return text === undefined ? { value: bytesToText(value, 'base64'), encoding: 'base64' } : { value: text };
}
