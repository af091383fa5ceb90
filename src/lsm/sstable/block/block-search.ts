import type { Entry } from '../../entry.js';
import { directoryStart, entryInDirectory, NO_ENTRY } from './block-directory.js';
import { storedDirectoryEnd } from './block-format.js';
import type { EntryCoder } from './entry-coder.js';
import { EntryLengths } from './entry-lengths.js';

/** What a search of one block came to; `continues`: the key goes on, if at all, in the next block. */
export const BlockSearch = { absent: 0, found: 1, continues: 2 } as const;
export type BlockSearch = (typeof BlockSearch)[keyof typeof BlockSearch];

/**
 * The newest version of `key` at or below `atSequence`, in a block with a directory that lies in other memory.
 * @param start of the block
 * @param end of its contents
 * @throws CoreCacheError `CORRUPTION`
 */
export function findInPlace(
  bytes: Uint8Array,
  start: number,
  end: number,
  key: Uint8Array,
  atSequence: number,
  coder: EntryCoder,
  into: Entry,
): BlockSearch {
  const directoryEnd = storedDirectoryEnd(bytes, end);
  const offset = entryInDirectory(bytes, directoryEnd, key);
  if (offset === NO_ENTRY) return BlockSearch.absent;
  const entriesEnd = directoryStart(bytes, directoryEnd);
  return readDirected(bytes, start + offset, entriesEnd, key, atSequence, coder, into);
}

/**
 * The same, in the one entry that can have the key: the directory has been asked.
 * @param start of the entry
 */
export function readDirected(
  bytes: Uint8Array,
  start: number,
  entriesEnd: number,
  key: Uint8Array,
  atSequence: number,
  coder: EntryCoder,
  into: Entry,
): BlockSearch {
  lengths.read(bytes, start, entriesEnd, coder);
  const { shared, unshared, end } = lengths;
  if (shared + unshared !== key.length) return BlockSearch.absent;
  const payloadStart = end + unshared;
  const payloadEnd = payloadStart + lengths.payload;
  if (payloadEnd > entriesEnd) coder.fail('entry runs past its block');
  for (let i = 0; i < unshared; i++) if (bytes[end + i] !== key[shared + i]) return BlockSearch.absent;
  coder.read(bytes, payloadStart, payloadEnd, into);
  // Its older versions, if there are any, are in the next block: two in this one would have the same head.
  if (into.sequence > atSequence) return payloadEnd === entriesEnd ? BlockSearch.continues : BlockSearch.absent;
  into.keyBytes = key;
  into.keyStart = 0;
  into.keyEnd = key.length;
  return BlockSearch.found;
}

const lengths = new EntryLengths();
