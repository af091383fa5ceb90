/** The part of a Level iterator that is used here. */
export interface LevelIterator {
  nextv(size: number): Promise<(readonly [Uint8Array, Uint8Array])[]>;
  close(): Promise<void>;
}

/** The fastest way through a native Level: many entries for each crossing into native code. */
export async function walk(
  iterator: LevelIterator,
  visit: (key: Uint8Array, value: Uint8Array) => void,
): Promise<number> {
  let count = 0;
  try {
    for (;;) {
      const entries = await iterator.nextv(1000);
      if (entries.length === 0) return count;
      for (const [key, value] of entries) visit(key, value);
      count += entries.length;
    }
  } finally {
    await iterator.close();
  }
}
