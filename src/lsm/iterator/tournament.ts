import type { Entry } from '../entry.js';
import { CursorState, type Cursor } from './cursor.js';

/** Shared bytes that a code can tell apart; keys that share more are compared byte by byte. */
const SHARED_MAX = 2 ** 22 - 2;
/** A rank is a byte or the end of the key: 257 values, in this many bits. */
const RANK_BITS = 9;
/** Of a child that is at its end: behind every entry. */
const NO_ENTRY = 2 ** 31 - 1;

/**
 * Finds the child with the next entry, again and again: a loser tree over offset-value codes (Conner, 1977).
 *
 * Children meet two by two; of each match the tree keeps the loser, and the winner goes on to the next, up to the top. When
 * the winner has moved, only the matches on its way up are played again, against the losers kept there.
 *
 * A match seldom looks at keys. Each child has a code that says how its key relates to one that came before it in the
 * order: how many leading bytes they share, and what follows them in its own key. For a loser, that other key is the one
 * it lost to; for the winner that has just moved, the key it had. Along its way up these are all the same key, because
 * that winner is who they had lost to. Of two keys relative to a third before both, the one that shares more with it comes
 * first, and of those that share as much, the one with the lesser byte; and the code of the loser holds relative to the
 * winner as it is. Only equal codes need the keys, from that byte on, and give the loser a new one. So an entry costs one
 * comparison with its predecessor, and a few of numbers. Backward is the same with the order of the bytes turned round.
 *
 * When all begin anew there is no key before; every code says that nothing is shared.
 */
export class Tournament {
  readonly #children: readonly Cursor[];
  readonly #codes: Int32Array;
  /** The winner's number, then of each match the loser's. Match `i` is between the winners of `2i` and `2i + 1`. */
  readonly #tree: Int32Array;
  #isForward = true;
  /** The key that the winner had: as much of it as `#lastLength` says. */
  #last = new Uint8Array(64);
  #lastLength = 0;

  constructor(children: readonly Cursor[]) {
    this.#children = children;
    this.#codes = new Int32Array(children.length);
    this.#tree = new Int32Array(Math.max(1, children.length));
  }

  /** Number of the child whose entry is next, or which is at its end as all others. */
  get winner(): number {
    return this.#tree[0]!;
  }

  /** Plays every match. All children are `ready` or at their `end`. */
  begin(isForward: boolean): void {
    const count = this.#children.length;
    this.#isForward = isForward;
    this.#lastLength = 0;
    const winners = new Int32Array(2 * count);
    for (let number = 0; number < count; number++) {
      winners[count + number] = number;
      this.#encode(number);
    }
    for (let match = count - 1; match > 0; match--) {
      const a = winners[2 * match]!;
      const b = winners[2 * match + 1]!;
      const isWonByA = this.#isBefore(a, b);
      winners[match] = isWonByA ? a : b;
      this.#tree[match] = isWonByA ? b : a;
    }
    this.#tree[0] = winners[1]!;
  }

  /** Before the winner moves: notes its key. The bytes it shares with the one noted before are there already. */
  beforeMove({ keyBytes, keyStart, keyEnd }: Entry): void {
    const length = keyEnd - keyStart;
    if (length > this.#last.length) this.#grow(length);
    const last = this.#last;
    for (let i = sharedOf(this.#codes[this.#tree[0]!]!); i < length; i++) last[i] = keyBytes[keyStart + i]!;
    this.#lastLength = length;
  }

  /** After the winner has moved to another entry, or to its end: plays its matches. */
  afterMove(): void {
    const tree = this.#tree;
    const codes = this.#codes;
    let winner = tree[0]!;
    this.#encode(winner);
    for (let match = (winner + this.#children.length) >>> 1; match > 0; match >>>= 1) {
      const other = tree[match]!;
      if (codes[winner]! < codes[other]!) continue;
      if (codes[winner] === codes[other] && this.#isBefore(winner, other)) continue;
      tree[match] = winner;
      winner = other;
    }
    tree[0] = winner;
  }

  /** The code of a child relative to the last key. */
  #encode(number: number): void {
    const child = this.#children[number]!;
    if (child.state === CursorState.end) {
      this.#codes[number] = NO_ENTRY;
      return;
    }
    const { keyBytes, keyStart, keyEnd, keyShared } = child.entry;
    const last = this.#last;
    const length = keyEnd - keyStart;
    const shorter = length < this.#lastLength ? length : this.#lastLength;
    let shared = keyShared < shorter ? keyShared : shorter;
    while (shared < shorter && keyBytes[keyStart + shared] === last[shared]) shared++;
    this.#codes[number] = this.#codeOf(shared, shared === length ? 0 : keyBytes[keyStart + shared]! + 1);
  }

  /** Whether `a` wins; the loser's code is made relative to the winner. */
  #isBefore(a: number, b: number): boolean {
    const code = this.#codes[a]!;
    if (code !== this.#codes[b] || code === NO_ENTRY) return code < this.#codes[b]!;
    const x = this.#children[a]!.entry;
    const y = this.#children[b]!.entry;
    const xLength = x.keyEnd - x.keyStart;
    const yLength = y.keyEnd - y.keyStart;
    const shorter = xLength < yLength ? xLength : yLength;
    let shared = sharedOf(code);
    while (shared < shorter && x.keyBytes[x.keyStart + shared] === y.keyBytes[y.keyStart + shared]) shared++;
    const xRank = shared === xLength ? 0 : x.keyBytes[x.keyStart + shared]! + 1;
    const yRank = shared === yLength ? 0 : y.keyBytes[y.keyStart + shared]! + 1;
    // Of equal (key, sequence), which a source and its copy can both hold, that of the earlier child comes first.
    const order = xRank - yRank || y.sequence - x.sequence || a - b;
    const isWonByA = this.#isForward ? order < 0 : order > 0;
    if (isWonByA) this.#codes[b] = this.#codeOf(shared, yRank);
    else this.#codes[a] = this.#codeOf(shared, xRank);
    return isWonByA;
  }

  /** The lower, the earlier: many shared bytes first, then by rank: 0 for the end of the key, or its next byte and 1. */
  #codeOf(shared: number, rank: number): number {
    if (shared >= SHARED_MAX) return 0;
    return ((SHARED_MAX - shared) << RANK_BITS) + (this.#isForward ? rank : 256 - rank);
  }

  #grow(length: number): void {
    const larger = new Uint8Array(length * 2);
    larger.set(this.#last);
    this.#last = larger;
  }
}

function sharedOf(code: number): number {
  return SHARED_MAX - (code >>> RANK_BITS);
}
