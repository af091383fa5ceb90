/**
 * The smallest list found, by leaving out ever smaller pieces, for which `fails` is still true (delta debugging, Zeller
 * 1999, without its complements). Gives up after `triesMax` runs.
 */
export async function shrink<T>(
  list: readonly T[],
  fails: (list: readonly T[]) => Promise<boolean>,
  triesMax = 300,
): Promise<readonly T[]> {
  let smallest = list;
  let tries = 0;
  for (let piece = Math.ceil(list.length / 2); piece >= 1 && tries < triesMax; piece = Math.floor(piece / 2)) {
    for (let at = 0; at < smallest.length && tries < triesMax;) {
      tries++;
      const shorter = [...smallest.slice(0, at), ...smallest.slice(at + piece)];
      if (await fails(shorter)) smallest = shorter;
      else at += piece;
    }
  }
  return smallest;
}
