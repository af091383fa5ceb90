/**
 * Who leads, decided from the names in the election folder alone. Each candidate is `<guid>_n_<digits>`: the guid names the
 * session of a candidate, the digits are given by the coordinator in the order of arrival. The first one leads; everyone
 * else waits for the one before it and nobody else, so that the end of a leader wakes one node and not the whole herd.
 *
 * A candidate whose creation was answered by silence looks for its guid instead of creating again. Should two nodes with
 * its guid come about all the same, both are its own: the earlier counts, the later is to be removed.
 */
export type Place =
  /** It is not in the election. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'first'; readonly own: string; readonly surplus: readonly string[] }
  | { readonly kind: 'waiting'; readonly own: string; readonly behind: string; readonly surplus: readonly string[] };

export function placeOf(guid: string, names: readonly string[]): Place {
  const queue = names.filter((name) => ticketOf(name) !== undefined).sort(byTicket);
  const [own, ...surplus] = queue.filter((name) => name.startsWith(candidatePrefix(guid)));
  if (own === undefined) return { kind: 'absent' };
  const behind = queue[queue.indexOf(own) - 1];
  return behind === undefined ? { kind: 'first', own, surplus } : { kind: 'waiting', own, behind, surplus };
}

export function candidatePrefix(guid: string): string {
  return `${guid}_n_`;
}

/** The epoch of a new leadership: above every epoch that was given out, and above what is on the new leader's disk. */
export function nextEpoch(current: number, lowest: number): number {
  return Math.max(current, lowest) + 1;
}

/** Undefined for a name that is no candidate's: it takes no part. */
function ticketOf(name: string): number | undefined {
  const digits = /_n_(-?\d{9,})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function byTicket(a: string, b: string): number {
  return (ticketOf(a) ?? 0) - (ticketOf(b) ?? 0);
}
