import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decodeSections, encodeSections, SectionId } from '../../../../src/lsm/sstable/index/index-sections.js';
import { bytesOf } from '../../support/model.js';

const PATH = 'index';
const text = (file: Uint8Array): Record<number, string> =>
  Object.fromEntries(
    [...decodeSections(file, PATH).sections].map(([id, reader]) => [
      id,
      Buffer.from(reader.bytes(reader.remaining)).toString('latin1'),
    ]),
  );

describe('the sections of an index file', () => {
  it('are what was written, empty ones too', () => {
    const file = encodeSections([
      { id: SectionId.properties, bytes: bytesOf('one') },
      { id: SectionId.filter, bytes: bytesOf('') },
      { id: SectionId.blockStarts, bytes: bytesOf('three') },
    ]);
    expect(text(file)).toEqual({ 1: 'one', 3: '', 128: 'three' });
  });

  it('of a kind to come are passed over when they may be, and refused when they may not', () => {
    const bytes = bytesOf('?');
    expect(text(encodeSections([{ id: 200, bytes }]))).toEqual({ 200: '?' });
    expect(() => decodeSections(encodeSections([{ id: 100, bytes }]), PATH)).toThrow(
      expect.objectContaining({ code: 'NEWER_FORMAT' }),
    );
  });

  it('are each there once', () => {
    const section = { id: SectionId.filter, bytes: bytesOf('f') };
    expect(() => decodeSections(encodeSections([section, section]), PATH)).toThrow('twice');
  });

  it('of format 1 are three without a name', () => {
    const path = fileURLToPath(new URL('../../../fixtures/table-format-1/000001.index', import.meta.url));
    expect([...decodeSections(readFileSync(path), path).sections.keys()]).toEqual([1, 2, 3]);
  });
});
