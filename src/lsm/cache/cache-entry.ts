/** Something that `BlockCache` counts and may drop. */
export abstract class CacheEntry {
  /** Bytes of memory it stands for. Stays while it is in a list. */
  charge: number;
  /** Set by whoever uses the entry: all that a hit costs. */
  isReferenced = false;
  /** For the cache alone. */
  newer: CacheEntry | undefined = undefined;
  older: CacheEntry | undefined = undefined;
  list: 'none' | 'probation' | 'protected' = 'none';

  constructor(charge: number) {
    this.charge = charge;
  }

  /** Asks it to go; false when it is in use and must stay. */
  abstract evict(): boolean;
}
