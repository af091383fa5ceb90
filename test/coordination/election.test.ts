import { describe, expect, it } from 'vitest';
import { nextEpoch, placeOf } from '../../src/coordination/election.js';

/** The place of guid `me` among candidates, as one line. */
function place(names: string): string {
  const found = placeOf('me', names.split(' '));
  switch (found.kind) {
    case 'absent':
      return 'absent';
    case 'first':
      return ['first', found.own, ...found.surplus].join(' ');
    case 'waiting':
      return ['behind', found.behind, ...found.surplus].join(' ');
  }
}

describe('who leads, by the names in the election', () => {
  it.each([
    ['', 'absent'],
    ['a_n_0000000001', 'absent'],
    ['me_n_0000000001', 'first me_n_0000000001'],
    ['me_n_0000000002 a_n_0000000001', 'behind a_n_0000000001'],
    ['c_n_0000000003 me_n_0000000004 a_n_0000000001 b_n_0000000002', 'behind c_n_0000000003'],
    ['a_n_0000000002 me_n_0000000001', 'first me_n_0000000001'],
    // The order is that of the digits, not of the guids.
    ['zz_n_0000000001 me_n_0000000002', 'behind zz_n_0000000001'],
    // Created twice after a lost answer: the earlier counts.
    ['me_n_0000000003 a_n_0000000002 me_n_0000000001', 'first me_n_0000000001 me_n_0000000003'],
    ['me_n_0000000003 a_n_0000000001 me_n_0000000002', 'behind a_n_0000000001 me_n_0000000003'],
    // Somebody whose guid begins alike is somebody else.
    ['me2_n_0000000001', 'absent'],
    // Not a candidate at all.
    ['lock me_n_0000000001', 'first me_n_0000000001'],
  ])('%s: %s', (names, expected) => {
    expect(place(names)).toBe(expected);
  });

  it('an epoch is above all that were given out and above the one on disk', () => {
    expect(nextEpoch(0, 0)).toBe(1);
    expect(nextEpoch(7, 3)).toBe(8);
    expect(nextEpoch(3, 7)).toBe(8);
  });
});
