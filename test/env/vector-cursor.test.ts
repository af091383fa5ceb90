import { describe, expect, it } from 'vitest';
import { VectorCursor } from '../../src/env/vector-cursor.js';

describe('a list of buffers written in short writes', () => {
  it.each([1, 2, 3, 5, 100])('is written whole and in order by calls that take %i bytes at most', (bytesMax) => {
    const cursor = new VectorCursor(['', 'ab', '', 'c', 'defg', '', ''].map((text) => Buffer.from(text)));
    let written = '';
    while (!cursor.isDone) {
      const taken = Buffer.concat(cursor.next()).subarray(0, bytesMax);
      written += taken.toString();
      cursor.advance(taken.length);
    }
    expect(written).toBe('abcdefg');
  });

  it('is handed over in parts that one call takes', () => {
    const cursor = new VectorCursor(Array.from({ length: 2500 }, () => Buffer.from('x')));
    expect(cursor.next()).toHaveLength(1024);
    cursor.advance(2048);
    expect(cursor.next()).toHaveLength(452);
  });

  it('is done at once when it is empty', () => {
    expect(new VectorCursor([]).isDone).toBe(true);
    expect(new VectorCursor([new Uint8Array(0)]).isDone).toBe(true);
  });
});
