import { dirname } from 'node:path';
import type { ScannedEntry } from '../client/client-types.js';
import type { CommandContext } from './command.js';
import { ProgressBar } from './progress-bar.js';

export interface DumpReport {
  readonly entries: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** Lines are collected up to this size before they are written. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Writes entries as lines. A file is written under a temporary name, synced and renamed, so that under its own name it is
 * always whole; one that a crash left behind is removed by the next dump to the same file, which begins from the start.
 * Nothing is kept of a dump that fails or is interrupted.
 */
export async function dumpEntries(
  entries: AsyncIterable<ScannedEntry>,
  format: (entry: ScannedEntry) => Uint8Array,
  path: string | undefined,
  context: CommandContext,
): Promise<DumpReport> {
  if (path === undefined) return writeLines(entries, format, context, (bytes) => context.output.write(bytes));
  const { fileSystem } = context.environment;
  const temporary = `${path}.tmp`;
  if (await fileSystem.exists(temporary)) await fileSystem.remove(temporary);
  const file = await fileSystem.openWriter(temporary, 'create');
  try {
    const report = await writeLines(entries, format, context, (bytes) => file.write([bytes]));
    await file.sync();
    await file.close();
    if (context.interrupted.aborted) {
      await fileSystem.remove(temporary);
      return report;
    }
    await fileSystem.rename(temporary, path);
    await fileSystem.syncDirectory(dirname(path));
    return report;
  } catch (error) {
    if (await fileSystem.exists(temporary)) await fileSystem.remove(temporary);
    throw error;
  }
}

async function writeLines(
  entries: AsyncIterable<ScannedEntry>,
  format: (entry: ScannedEntry) => Uint8Array,
  context: CommandContext,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<DumpReport> {
  const { clock } = context.environment;
  const startedAt = clock.monotonic();
  const bar = new ProgressBar(context.messages, 'dump', undefined);
  let count = 0;
  let bytes = 0;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  const flush = async (): Promise<void> => {
    const chunk = Buffer.concat(waiting, waitingBytes);
    waiting = [];
    waitingBytes = 0;
    if (chunk.length > 0) await write(chunk);
    bar.update(0, count);
  };
  try {
    for await (const entry of entries) {
      const line = format(entry);
      waiting.push(line);
      waitingBytes += line.length;
      bytes += line.length;
      count++;
      if (waitingBytes >= CHUNK_BYTES) await flush();
      if (context.interrupted.aborted || context.output.isClosed) break;
    }
    await flush();
  } finally {
    bar.stop();
  }
  return { entries: count, bytes, seconds: (clock.monotonic() - startedAt) / 1000 };
}
