import { crc32 as zlibCrc32 } from 'node:zlib';

/** CRC-32 (ISO 3309, as in zlib and gzip), unsigned. `seed` continues an earlier checksum. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  return zlibCrc32(bytes, seed);
}
