/** One change of a numbered write: a value, or a delete. */
export interface Change {
  readonly key: string;
  readonly value: string | undefined;
}

/** The key that one writer counts with, beside the others. */
export const COUNTER = 'counter';
export const KEY_COUNT = 150;
/** Writes in flight at any time. */
export const WRITERS = 16;

/** What write `number` does, the same in the process that writes and in the one that checks. */
export function changesOf(number: number): Change[] {
  const random = randomOf(number);
  const size = random() < 0.2 ? 2 + Math.floor(random() * 5) : 1;
  const changes = new Map<string, Change>();
  for (let i = 0; i < size; i++) {
    const key = `key-${Math.floor(random() * KEY_COUNT)}`;
    const isDelete = random() < 0.2;
    const filler = 'x'.repeat(Math.floor(random() * 100));
    changes.set(key, { key, value: isDelete ? undefined : `${number}:${filler}` });
  }
  return [...changes.values()];
}

/** mulberry32, Tommy Ettinger. */
function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
