import { crc32 as zlibCrc32 } from 'node:zlib';

/** CRC-32 (ISO 3309, as in zlib and gzip), unsigned. `seed` continues an earlier checksum. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  return zlibCrc32(bytes, seed);
}

/**
 * Whether the last four bytes are the checksum of those before them, the lowest byte first. A checksum that runs on over
 * itself comes to the same number whatever it is of, and whatever the seed; so no view of the bytes before is made.
 */
export function endsInChecksum(bytes: Uint8Array, seed = 0): boolean {
  return zlibCrc32(bytes, seed) === CRC_OVER_ITSELF;
}

/** The residue of CRC-32, inverted as each of its results is. */
const CRC_OVER_ITSELF = 0x2144df1c;
