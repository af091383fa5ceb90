import { crc32 } from '../../base/checksum.js';
import { CoreCacheError, corruption } from '../../base/errors.js';

/**
 * The IDENTITY file: what makes a directory a database. Four lines of ASCII, each ended by a line feed:
 *
 *     CoreCache database
 *     format 1
 *     store 3f0d2c6e-6a55-4f0f-9d3c-0a1b2c3d4e5f
 *     checksum a62e8ab6
 *
 * `format` is the version of the whole directory. `store` is the UUID of this copy of the data: a copy of a directory
 * made by `checkpoint` gets its own, so that two copies are never taken for one replica. `checksum` is the CRC-32, in
 * eight hexadecimal digits, of all bytes before its line. Every later format keeps the first line, the second line and
 * the checksum line as they are, and may add lines between: so that an older program can tell "newer" from "damaged".
 */
export interface DirectoryIdentity {
  readonly storeUuid: string;
}

export const DIRECTORY_FORMAT_VERSION = 1;

const FIRST_LINE = 'CoreCache database\n';
const UUID = /^store ([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\n$/;

export function encodeIdentity(identity: DirectoryIdentity, formatVersion = DIRECTORY_FORMAT_VERSION): Uint8Array {
  const body = `${FIRST_LINE}format ${formatVersion}\nstore ${identity.storeUuid}\n`;
  return Buffer.from(body + checksumLine(body), 'latin1');
}

/** @throws CoreCacheError `CORRUPTION`, or `NEWER_FORMAT` when it is whole but of a later format than this program's */
export function decodeIdentity(bytes: Uint8Array, path: string): DirectoryIdentity {
  const text = Buffer.from(bytes).toString('latin1');
  const checksumAt = text.lastIndexOf('checksum ');
  if (checksumAt < 0) throw corruption(path, 0, 'has no checksum line');
  const body = text.slice(0, checksumAt);
  if (text.slice(checksumAt) !== checksumLine(body)) throw corruption(path, checksumAt, 'checksum does not match');
  const format = /^format (\d{1,9})\n/.exec(body.slice(FIRST_LINE.length));
  if (!body.startsWith(FIRST_LINE) || format === null) throw corruption(path, 0, 'is not the identity of a database');
  if (Number(format[1]) > DIRECTORY_FORMAT_VERSION) {
    throw new CoreCacheError(
      'NEWER_FORMAT',
      `${path}: the directory has format ${format[1]}; this program reads up to ${DIRECTORY_FORMAT_VERSION}`,
      { data: { file: path, format: Number(format[1]), formatMax: DIRECTORY_FORMAT_VERSION } },
    );
  }
  const store = UUID.exec(body.slice(FIRST_LINE.length + format[0].length));
  if (store?.[1] === undefined) throw corruption(path, FIRST_LINE.length + format[0].length, 'has no store UUID');
  return { storeUuid: store[1] };
}

function checksumLine(body: string): string {
  return `checksum ${crc32(Buffer.from(body, 'latin1')).toString(16).padStart(8, '0')}\n`;
}
