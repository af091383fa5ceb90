import { bytesToText, utf8TextOf } from '../../protocol/text-encoding.js';

/** One thing that a file holds, as facts with names. Its type comes first. */
export type Finding = { readonly type: string } & Readonly<Record<string, string | number | boolean | undefined>>;

/** A key or value for people: as text where it is text, else in base64 with a mark. */
export function shownBytes(bytes: Uint8Array): string {
  const text = utf8TextOf(bytes);
  return text ?? `base64:${bytesToText(bytes, 'base64')}`;
}

/** `type name=value name=value`; text in quotes. */
export function findingLine({ type, ...facts }: Finding): string {
  const shown = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? JSON.stringify(value) : String(value)}`);
  return [type, ...shown].join(' ');
}
