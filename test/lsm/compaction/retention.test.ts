import { describe, expect, it } from 'vitest';
import { Fate, Retention } from '../../../src/lsm/compaction/retention.js';
import { Entry, Operation } from '../../../src/lsm/entry.js';
import { bytes } from '../tree/tree-under-test.js';

const NOW = 1000;

interface Setting {
  readonly snapshots?: readonly number[];
  /** Spans below, as `a-c`; nothing below when absent. `unknown`: anything may be. */
  readonly below?: readonly string[] | 'unknown';
}

/**
 * Versions in merge order: `a9` put, `a9-` delete, `a9!` a value that has ended, `a9?` one that has not yet. What is kept
 * is printed the same way; an ended value that stays without its value becomes a delete.
 */
function kept(versions: string, { snapshots = [], below = [] }: Setting = {}): string {
  const older =
    below === 'unknown' ? undefined : [below.map((span) => ({ firstKey: bytes(span[0]!), lastKey: bytes(span[2]!) }))];
  const retention = new Retention(snapshots, NOW, older);
  return versions
    .split(' ')
    .flatMap((version) => {
      const fate = retention.fateOf(parse(version));
      if (fate === Fate.drop) return [];
      return [fate === Fate.keep ? version : version.replace('!', '-')];
    })
    .join(' ');
}

function parse(version: string): Entry {
  const [, key, sequence, mark] = /^(\w)(\d+)([-!?]?)$/.exec(version)!;
  const entry = new Entry();
  entry.keyBytes = bytes(key!);
  entry.keyEnd = 1;
  entry.sequence = Number(sequence);
  if (mark === '-') entry.operation = Operation.delete;
  if (mark === '!') entry.expiresAtMs = NOW;
  if (mark === '?') entry.expiresAtMs = NOW + 1;
  return entry;
}

describe('what a merge keeps', () => {
  const cases: readonly (readonly [name: string, versions: string, kept: string, setting?: Setting])[] = [
    ['the newest version of each key', 'a9 a5 a1 b7 b2', 'a9 b7'],
    ['no tombstone when nothing lies below', 'a9- a5 b7', 'b7'],
    ['a tombstone over a table below that may hold its key', 'a9- b7-', 'a9-', { below: ['a-a'] }],
    ['a tombstone at both ends of a span below', 'b9- d8- e7-', 'b9- d8-', { below: ['b-d'] }],
    ['no tombstone in a gap between spans', 'a9- c8- e7-', 'a9- e7-', { below: ['a-b', 'd-e'] }],
    ['every tombstone when what lies below is not known', 'a9- a5 b7-', 'a9- b7-', { below: 'unknown' }],
    ['the version that a snapshot reads', 'a9 a5 a1', 'a9 a5', { snapshots: [6] }],
    ['one version for each snapshot that reads another', 'a9 a7 a5 a3 a1', 'a9 a7 a3', { snapshots: [4, 8] }],
    ['one version for two snapshots that read the same', 'a9 a5 a1', 'a9 a5', { snapshots: [5, 8] }],
    ['a version at exactly the sequence of a snapshot', 'a9 a6 a5', 'a9 a6', { snapshots: [6] }],
    ['a tombstone that hides what a snapshot still reads', 'a9- a5', 'a9- a5', { snapshots: [6] }],
    ['no tombstone that every snapshot reads, nor what it hides', 'a9 a5- a1', 'a9', { snapshots: [6] }],
    ['a tombstone between two snapshots', 'a9 a5- a1', 'a9 a5- a1', { snapshots: [2, 6] }],
    ['a put over a tombstone', 'a9 a5-', 'a9'],
    ['no value that has ended when nothing lies below', 'a9! a5', ''],
    ['an ended value as a tombstone over an older value below', 'a9! a5', 'a9-', { below: ['a-b'] }],
    ['an ended value as a tombstone over one that a snapshot reads', 'a9! a5', 'a9- a5', { snapshots: [6] }],
    ['an ended value as a tombstone in a flush', 'a9! b5', 'a9- b5', { below: 'unknown' }],
    ['a value that has not ended yet', 'a9? a5', 'a9?'],
    ['the same of two copies of one version', 'a9 a9', 'a9'],
  ];
  for (const [name, versions, expected, setting] of cases) {
    it(name, () => expect(kept(versions, setting)).toBe(expected));
  }
});
