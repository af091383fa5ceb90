import { CoreCacheError } from '../../src/base/errors.js';
import { PowerCut } from '../../src/env/simulated/crashable-file-system.js';
import type { FileSystem } from '../../src/env/file-system.js';

/**
 * A file system whose power cut looks like a device that fails every call from then on, so that the program above is told
 * in its own language, answers its callers, and can be put away. It changes nothing on the device any more.
 */
export function failingAfterPowerCut(fileSystem: FileSystem): FileSystem {
  return wrapped(fileSystem);
}

function wrapped<T extends object>(target: T): T {
  return new Proxy(target, {
    get: (_, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]): unknown => {
        try {
          const result: unknown = Reflect.apply(member, target, given);
          return result instanceof Promise ? result.then(wrapResult, translate) : wrapResult(result);
        } catch (error) {
          return translate(error);
        }
      };
    },
  });
}

/** Files and locks are wrapped too; bytes and lists are not. */
function wrapResult(result: unknown): unknown {
  const isPlain = typeof result !== 'object' || result === null || ArrayBuffer.isView(result) || Array.isArray(result);
  return isPlain ? result : wrapped(result);
}

function translate(error: unknown): never {
  if (error instanceof PowerCut) throw new CoreCacheError('IO', error.message, { cause: error });
  throw error;
}
