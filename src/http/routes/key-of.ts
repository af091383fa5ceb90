import { CoreCacheError } from '../../base/errors.js';
import { percentDecode } from '../../protocol/percent-encoding.js';
import type { Exchange } from '../exchange.js';

export const KEY_PATH = '/v1/kv/';

/** The key in the path, decoded to bytes. @throws CoreCacheError `INVALID_ARGUMENT` or `KEY_TOO_LARGE` */
export function keyInPath(exchange: Exchange): Uint8Array {
  return checkedKey(exchange, percentDecode(exchange.path.slice(KEY_PATH.length), 'key'));
}

export function checkedKey({ services }: Exchange, key: Uint8Array): Uint8Array {
  const { keyBytesMax } = services.settings.limits;
  if (key.length === 0) throw new CoreCacheError('INVALID_ARGUMENT', 'key: a key has at least one byte');
  if (key.length > keyBytesMax) {
    throw new CoreCacheError('KEY_TOO_LARGE', `the key has ${key.length} bytes; ${keyBytesMax} are allowed`, {
      data: { size: key.length, limit: keyBytesMax },
    });
  }
  return key;
}

/** The key in `?key=`, which must be given. */
export function keyInQuery(exchange: Exchange, name = 'key'): Uint8Array {
  const key = exchange.query([name]).bytes(name);
  if (key === undefined) throw new CoreCacheError('INVALID_ARGUMENT', `query parameter ${name} is missing`);
  return checkedKey(exchange, key);
}

export function keyNotFound(): CoreCacheError {
  return new CoreCacheError('KEY_NOT_FOUND', 'the key has no value');
}
