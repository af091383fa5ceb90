import { VARINT_BYTES_MAX, writeVarint } from '../../../src/base/varint.js';
import { NEVER_EXPIRES, Operation } from '../../../src/lsm/entry.js';

/** One operation of a batch. `value` is for puts; absent is empty. */
export interface BatchOperation {
  readonly operation: Operation;
  readonly key: Uint8Array;
  readonly value?: Uint8Array | undefined;
  /** Milliseconds since 1970, or `NEVER_EXPIRES`. */
  readonly expiresAtMs: number;
  /** Empty for none. */
  readonly contentType: string;
}

/** The bytes of a batch, put together as plainly as the format can be said. */
export function encodeBatch(operations: readonly BatchOperation[], writtenAtMs: number): Uint8Array {
  return Buffer.concat([
    Buffer.of(1),
    varint(writtenAtMs),
    varint(operations.length),
    ...operations.map(operationBytes),
  ]);
}

function operationBytes({ operation, key, value, expiresAtMs, contentType }: BatchOperation): Uint8Array {
  const expires = expiresAtMs === NEVER_EXPIRES ? [] : [varint(expiresAtMs)];
  const mediaType = contentType === '' ? [] : [withLength(Buffer.from(contentType))];
  const put = operation === Operation.put ? [withLength(value ?? Buffer.of())] : [];
  const flags = operation | (expires.length > 0 ? 0x10 : 0) | (mediaType.length > 0 ? 0x20 : 0);
  return Buffer.concat([Buffer.of(flags), withLength(key), ...expires, ...mediaType, ...put]);
}

function withLength(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([varint(bytes.length), bytes]);
}

function varint(value: number): Uint8Array {
  const bytes = Buffer.alloc(VARINT_BYTES_MAX);
  return bytes.subarray(0, writeVarint(bytes, 0, value));
}
