import type { ScannedEntry } from '../../client/client-types.js';
import { RefusedRecord, type LoadRecord } from './record.js';

/**
 * A line for each entry, its fields separated by tabs:
 *
 *     line   = key TAB value [TAB expires at [TAB content type]] LF
 *     escape = \\ (backslash)  \t (tab)  \n (line feed)  \r (carriage return)  \0 (zero)  \xHH (that byte)
 *
 * All other bytes stand for themselves, UTF-8 or not, so every key and value comes back byte for byte. `expires at` is in
 * milliseconds since 1970, empty for never. A carriage return before the line feed belongs to the end of the line.
 */
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const DELETE = 0x7f;
const LETTER_X = 0x78;

const escapes = new Map<number, number>([
  [BACKSLASH, BACKSLASH],
  [0x74, TAB],
  [0x6e, LINE_FEED],
  [0x72, CARRIAGE_RETURN],
  [0x30, 0],
]);
const escapeLetters = new Map([...escapes].map(([letter, byte]) => [byte, String.fromCharCode(letter)]));

/** `undefined` for a blank line. @throws RefusedRecord */
export function parseTabLine(line: Uint8Array): LoadRecord | undefined {
  let end = line.length;
  if (line[end - 1] === LINE_FEED) end--;
  if (line[end - 1] === CARRIAGE_RETURN) end--;
  if (end === 0) return undefined;
  const [key, value, expiresAt, contentType, ...more] = fieldsOf(line.subarray(0, end));
  if (key === undefined || value === undefined) throw new RefusedRecord('no tab between key and value');
  if (more.length > 0) throw new RefusedRecord(`${4 + more.length} fields; expected 2 to 4 (a tab in a value is \\t)`);
  if (key.length === 0) throw new RefusedRecord('key is empty');
  return {
    key: unescapeField(key),
    value: unescapeField(value),
    ...expiryOf(expiresAt),
    ...(contentType === undefined || contentType.length === 0
      ? undefined
      : { contentType: Buffer.from(unescapeField(contentType)).toString('utf8') }),
  };
}

export function formatTabLine(entry: ScannedEntry): Uint8Array {
  const fields = [escapeField(entry.key), escapeField(entry.value)];
  if (entry.expiresAtMs !== undefined || entry.contentType !== undefined) {
    fields.push(Buffer.from(entry.expiresAtMs === undefined ? '' : String(entry.expiresAtMs)));
  }
  if (entry.contentType !== undefined) fields.push(escapeField(Buffer.from(entry.contentType)));
  const parts = fields.flatMap((field, index) => (index === 0 ? [field] : [Uint8Array.of(TAB), field]));
  return Buffer.concat([...parts, Uint8Array.of(LINE_FEED)]);
}

export function escapeField(bytes: Uint8Array): Uint8Array {
  if (!bytes.some(needsEscape)) return bytes;
  const parts: Uint8Array[] = [];
  let start = 0;
  for (const [at, byte] of bytes.entries()) {
    if (!needsEscape(byte)) continue;
    const letter = escapeLetters.get(byte) ?? `x${byte.toString(16).padStart(2, '0')}`;
    parts.push(bytes.subarray(start, at), Buffer.from(`\\${letter}`));
    start = at + 1;
  }
  parts.push(bytes.subarray(start));
  return Buffer.concat(parts);
}

/** @throws RefusedRecord for a backslash that begins no escape */
function unescapeField(field: Uint8Array): Uint8Array {
  if (!field.includes(BACKSLASH)) return field;
  const bytes = Buffer.alloc(field.length);
  let length = 0;
  for (let at = 0; at < field.length; at++) {
    let byte = field[at] ?? 0;
    if (byte === BACKSLASH) {
      const letter = field[++at];
      if (letter === LETTER_X) {
        byte = hexadecimalByte(field.subarray(at + 1, at + 3));
        at += 2;
      } else {
        const meant = letter === undefined ? undefined : escapes.get(letter);
        if (meant === undefined)
          throw new RefusedRecord('a backslash begins no escape; expected \\\\ \\t \\n \\r \\0 or \\xHH');
        byte = meant;
      }
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}

/** Control characters too: they would do things to a terminal. */
function needsEscape(byte: number): boolean {
  return byte < SPACE || byte === BACKSLASH || byte === DELETE;
}

function fieldsOf(line: Uint8Array): Uint8Array[] {
  const fields: Uint8Array[] = [];
  let start = 0;
  for (let at = line.indexOf(TAB); at >= 0; at = line.indexOf(TAB, start)) {
    fields.push(line.subarray(start, at));
    start = at + 1;
  }
  fields.push(line.subarray(start));
  return fields;
}

function hexadecimalByte(digits: Uint8Array): number {
  const text = Buffer.from(digits).toString('latin1');
  if (!/^[0-9A-Fa-f]{2}$/.test(text)) throw new RefusedRecord('\\x is not followed by two hexadecimal digits');
  return Number.parseInt(text, 16);
}

function expiryOf(field: Uint8Array | undefined): Pick<LoadRecord, 'expiresAtMs'> {
  if (field === undefined || field.length === 0) return {};
  const text = Buffer.from(field).toString('latin1');
  if (!/^[1-9]\d{0,15}$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new RefusedRecord('the third field is not a number of milliseconds since 1970');
  }
  return { expiresAtMs: Number(text) };
}
