import { describe, expect, it } from 'vitest';
import { Entry, Operation } from '../../../src/lsm/entry.js';
import { DecayCounter, type Decay } from '../../../src/lsm/sstable/decay.js';

/** Entries in table order: `a9` a put, `a9-` a delete, `a9!5` a value that ends at 5. */
function decayOf(entries: string): Decay | undefined {
  const counter = new DecayCounter();
  let lastKey = '';
  for (const text of entries.split(' ')) {
    const [, key, sequence, mark, expiry] = /^(\w)(\d+)([-!]?)(\d*)$/.exec(text)!;
    const entry = new Entry();
    entry.sequence = Number(sequence);
    if (mark === '-') entry.operation = Operation.delete;
    if (mark === '!') entry.expiresAtMs = Number(expiry);
    counter.add(entry, key === lastKey);
    lastKey = key!;
  }
  return counter.finish();
}

describe('the decay of a table', () => {
  it('is none while every entry lives', () => expect(decayOf('a1 b2 c3')).toBeUndefined());
  it('is none when too few values end', () => expect(decayOf('a1 b2!50 c3')).toBeUndefined());
  it('tells when half of the values have ended', () =>
    expect(decayOf('a1!70 b2!50 c3!60 d4')).toMatchObject({ halfDeadAtMs: 60 }));
  it('counts tombstones to that half', () => expect(decayOf('a1- b2!50 c3!60 d4')).toMatchObject({ halfDeadAtMs: 50 }));
  it('counts covered versions to that half, whenever they end', () =>
    expect(decayOf('a9 a8!1 b2!50 d4')).toMatchObject({ halfDeadAtMs: 50 }));
  it('says when half is dead from the beginning', () => expect(decayOf('a9- b4')).toMatchObject({ halfDeadAtMs: 1 }));
  it('knows the least sequence over another of its key', () =>
    expect(decayOf('a9 a8 b7 c6 c5 d1')).toMatchObject({ leastCoveringSequence: 6 }));
  it('knows the longest row of tombstones and covered versions', () =>
    expect(decayOf('a9- b1 c8- d7- d6 e5- f1 g4-')).toMatchObject({ longestDeadRow: 4 }));
});
