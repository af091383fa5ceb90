/**
 * An array of these two, where many are made that die soon.
 *
 * Not a literal: V8 watches what becomes of those that a literal makes, and when most of the first live through one
 * collection it makes all later ones among its old objects. The first batch of the first scan, a thousand pairs that are
 * looked at together, is enough for that, if a collection happens to come in between. From then on every pair, and the
 * copies of keys and values in it, waits for the collection of old objects, which comes after tens of MiB. Parameters that
 * are gathered in an array are not watched.
 */
export function pairOf<A, B>(...pair: [A, B]): [A, B] {
  return pair;
}
