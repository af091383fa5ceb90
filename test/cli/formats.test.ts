import { describe, expect, it } from 'vitest';
import { formatJsonLine, parseJsonLine } from '../../src/cli/formats/json-lines.js';
import { parseStanza } from '../../src/cli/formats/package-stanzas.js';
import { PieceSplitter, type Piece } from '../../src/cli/formats/piece-splitter.js';
import { formatTabLine, parseTabLine } from '../../src/cli/formats/tab-separated.js';
import type { ScannedEntry } from '../../src/client/client-types.js';

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const entry = (key: Uint8Array, value: Uint8Array, more: Partial<ScannedEntry> = {}): ScannedEntry => ({
  key,
  value,
  etag: '"1-1"',
  writtenAtMs: 1,
  ...more,
});

describe.each([
  ['lines of JSON', formatJsonLine, parseJsonLine],
  ['tab-separated lines', formatTabLine, parseTabLine],
])('%s', (_name, format, parse) => {
  it('bring every byte back, in keys and in values', () => {
    for (const byte of everyByte) {
      const one = Uint8Array.of(byte);
      const record = parse(format(entry(one, one)));
      expect(Buffer.from(record!.key)).toEqual(Buffer.from(one));
      expect(Buffer.from(record!.value)).toEqual(Buffer.from(one));
    }
    expect(Buffer.from(parse(format(entry(everyByte, everyByte)))!.value)).toEqual(Buffer.from(everyByte));
  });

  it('stay on one line whatever the bytes', () => {
    const line = format(entry(everyByte, everyByte, { contentType: 'a/b; x="\t"' }));
    expect(line.indexOf(0x0a)).toBe(line.length - 1);
  });

  it('keep expiry and content type', () => {
    const facts = { expiresAtMs: 1_790_000_000_000, contentType: 'text/plain; charset=utf-8' };
    expect(parse(format(entry(everyByte, everyByte, facts)))).toMatchObject(facts);
    expect(parse(format(entry(everyByte, everyByte, { contentType: 'a/b' })))).toMatchObject({ contentType: 'a/b' });
  });

  it('keep an empty value', () => {
    expect(parse(format(entry(Buffer.from('k'), Buffer.alloc(0))))!.value).toHaveLength(0);
  });
});

describe('what is refused, and why', () => {
  it.each([
    ['{"key":"a"', /not JSON/],
    ['[1]', /not a JSON object/],
    ['{"key":"a"}', /value is missing/],
    ['{"key":"","value":"x"}', /key is empty/],
    ['{"key":"a","value":5}', /value is not text/],
    ['{"key":"a","value":"*","encoding":"base64"}', /not base64/],
    ['{"key":"a","value":"","vaule":1}', /unknown field vaule/],
    ['{"key":"a","value":"","ttl":"soon"}', /ttl is not/],
    ['{"key":"a","value":"\\ud800"}', /surrogate/],
  ])('JSON %s', (line, reason) => {
    expect(() => parseJsonLine(Buffer.from(line))).toThrow(reason);
  });

  it.each([
    ['no tab here', /no tab/],
    ['\tvalue', /key is empty/],
    ['a\tb\t\tc/d\te', /5 fields/],
    ['a\tb\\q', /begins no escape/],
    ['a\tb\\', /begins no escape/],
    ['a\tb\\x1', /two hexadecimal digits/],
    ['a\tb\ttomorrow', /milliseconds/],
  ])('tabs %j', (line, reason) => {
    expect(() => parseTabLine(Buffer.from(line))).toThrow(reason);
  });

  it('a stanza without a version', () => {
    expect(() => parseStanza(Buffer.from('Package: a\nArchitecture: all\n'))).toThrow(/no field Version/);
  });
});

describe('a stanza', () => {
  it('has name, version and architecture as its key, and itself as its value', () => {
    const bytes = Buffer.from('Package: a\nVersion: 1:2-3\nArchitecture: amd64\nDescription: é\n Package: not this\n');
    const { key, value } = parseStanza(bytes);
    expect(Buffer.from(key).toString()).toBe('a_1:2-3_amd64');
    expect(Buffer.from(value)).toEqual(bytes);
  });
});

describe('PieceSplitter', () => {
  const split = (text: string, size: number, end: 'line' | 'blank line', max?: number): Piece[] => {
    const splitter = new PieceSplitter(end, max);
    const pieces: Piece[] = [];
    for (let at = 0; at < text.length; at += size)
      pieces.push(...splitter.push(Buffer.from(text.slice(at, at + size))));
    return [...pieces, ...splitter.finish()];
  };
  const shown = (pieces: readonly Piece[]): [string, number, number][] =>
    pieces.map(({ bytes, line, end }) => [Buffer.from(bytes).toString(), line, end]);

  it.each([1, 2, 3, 7, 100])('cuts lines, however the input is cut (%i bytes)', (size) => {
    expect(shown(split('ab\n\ncd\nlast', size, 'line'))).toEqual([
      ['ab\n', 1, 3],
      ['\n', 2, 4],
      ['cd\n', 3, 7],
      ['last', 4, 11],
    ]);
  });

  it.each([1, 2, 3, 7, 100])('cuts stanzas at blank lines, however the input is cut (%i bytes)', (size) => {
    const pieces = split('\n\nA: 1\nB: 2\n\n\n\nC: 3\n\nD: 4', size, 'blank line');
    expect(pieces.map(({ bytes, line }) => [Buffer.from(bytes).toString(), line])).toEqual([
      ['A: 1\nB: 2\n', 3],
      ['C: 3\n', 8],
      ['D: 4', 10],
    ]);
  });

  it.each([1, 3, 5, 100])('keeps only the place of a record that is too long (%i bytes)', (size) => {
    const pieces = split('aaaaaaaaaaaaaaaaaaaa\nb\n', size, 'line', 8);
    expect(pieces.map(({ bytes, line, isTooLong }) => [bytes.length, line, isTooLong])).toEqual([
      [0, 1, true],
      [2, 2, false],
    ]);
  });

  it('gives every piece the same checksum however the input is cut', () => {
    const text = 'A: 1\n\n\nB: 22\n\nC';
    const sums = [1, 2, 5, 50].map((size) =>
      split(text, size, 'blank line').map(({ end, checksum }) => [end, checksum]),
    );
    for (const sum of sums) expect(sum).toEqual(sums[0]);
  });
});
