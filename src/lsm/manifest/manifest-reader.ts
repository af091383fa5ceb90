import { corruption } from '../../base/errors.js';
import type { FileNumber } from '../../base/numbers.js';
import { checkManifestHeader, decodeManifestRecord, MANIFEST_HEADER_BYTES } from './manifest-record.js';
import { decodeEdit, type VersionEdit } from './version-edit.js';
import { Version } from './version.js';

/** What a manifest says. */
export interface ManifestContent {
  readonly version: Version;
  readonly editCount: number;
  /** Where the last valid record ends. */
  readonly validBytes: number;
  /** Bytes follow that are no record: the end of a write that power cut off. */
  readonly hasTornTail: boolean;
}

/**
 * Reads a manifest to its end.
 *
 * **A torn tail, or damage?** Each record is synced before the next is begun, and a manifest is named by CURRENT only
 * when its first record is synced. So power can tear the last record alone, and never the first: any bad record before
 * another valid one, and a bad first one, is damage. (A record is valid in its own place only, so looking for a later
 * one at every offset finds no false ones.) A bad last record may still be either. It is passed over but, for the case
 * that it is damage, nothing is cut and nothing is removed on the strength of that: see `Manifest.open`.
 *
 * @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT`
 */
export function readManifest(bytes: Uint8Array, number: FileNumber, file: string): ManifestContent {
  let version = Version.empty;
  let editCount = 0;
  let validBytes = MANIFEST_HEADER_BYTES;
  for (const { edit, offset, end } of readEdits(bytes, number, file)) {
    version = version.apply(edit, (what) => {
      throw corruption(file, offset, `version edit: ${what}`);
    });
    editCount++;
    validBytes = end;
  }
  if (editCount === 0) throw corruption(file, MANIFEST_HEADER_BYTES, 'the first record is not valid');
  return { version, editCount, validBytes, hasTornTail: validBytes < bytes.length };
}

/** The edits one by one, for `readManifest` and for people who inspect a manifest. Ends before a torn tail. */
export function* readEdits(
  bytes: Uint8Array,
  number: FileNumber,
  file: string,
): Generator<{ readonly edit: VersionEdit; readonly offset: number; readonly end: number }> {
  checkManifestHeader(bytes, file);
  let offset = MANIFEST_HEADER_BYTES;
  while (offset < bytes.length) {
    const record = decodeManifestRecord(bytes, number, offset);
    if (record === undefined) {
      refuseIfRecordsFollow(bytes, number, file, offset);
      return;
    }
    yield { edit: decodeEdit(record.payload, file, record.payloadAt), offset, end: record.end };
    offset = record.end;
  }
}

function refuseIfRecordsFollow(bytes: Uint8Array, number: FileNumber, file: string, bad: number): void {
  for (let offset = bad + 1; offset < bytes.length; offset++) {
    if (decodeManifestRecord(bytes, number, offset) !== undefined) {
      throw corruption(file, bad, `the record is not valid, and a valid one follows at ${offset}`);
    }
  }
}
