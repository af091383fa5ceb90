import type { FileSystem, WritableFile } from '../../src/env/file-system.js';

/** What is done to a file that is written: by a call that blocks, by one that does not, or a sync. */
export type WritingCall = 'writeSync' | 'write' | 'sync';

export interface LateSyncs {
  /** A sync is done at once; who waits for it is told when this resolves. */
  readonly untilTold: () => Promise<void>;
  readonly onCall?: (call: WritingCall, path: string) => void;
}

/**
 * Another file system, which takes its time to tell that a file is synced, so that it can be written to meanwhile. What is
 * written after the sync was called for is not in it, as with a real one.
 */
export function withLateSyncs(fileSystem: FileSystem, { untilTold, onCall = () => undefined }: LateSyncs): FileSystem {
  return overriding(fileSystem, {
    openWriter: async (path, mode) => withLateSync(await fileSystem.openWriter(path, mode)),
  });

  function withLateSync(file: WritableFile): WritableFile {
    return overriding(file, {
      write: (buffers) => {
        onCall('write', file.path);
        return file.write(buffers);
      },
      writeSync: (buffers) => {
        onCall('writeSync', file.path);
        file.writeSync(buffers);
      },
      sync: async () => {
        onCall('sync', file.path);
        await file.sync();
        await untilTold();
      },
    });
  }
}

/** Promise reactions, so many that writers who were answered have written again. */
export async function manyReactions(): Promise<void> {
  for (let i = 0; i < 100; i++) await Promise.resolve();
}

function overriding<T extends object>(target: T, overrides: Partial<T>): T {
  return new Proxy(target, {
    get: (_, name) => {
      const member: unknown = Reflect.get(name in overrides ? overrides : target, name, target);
      return typeof member === 'function'
        ? (...given: unknown[]) => Reflect.apply(member, target, given) as unknown
        : member;
    },
  });
}
