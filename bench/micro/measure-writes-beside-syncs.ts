import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { MainThread } from '../main-thread.js';

/** As a commit log under load: groups of this size, synced four times a segment while writing goes on. */
const GROUP_BYTES = 8 * 1024;
const SEGMENT_BYTES = 16 * 1024 * 1024;
const SYNCED_BYTES = SEGMENT_BYTES / 4;
/** After so much the event loop has a turn. */
const BYTES_A_TURN = 64 * 1024;

/** Writes, and for how long they waited, the wait for a processor left out where the system tells of it. */
export interface HeldUp {
  writes: number;
  over1Ms: number;
  over5Ms: number;
  over20Ms: number;
  longestMs: number;
}

/** Writes a file by calls that block while it is synced by another thread, and notes which of the calls were held up. */
export async function measureWritesBesideSyncs(
  parent: string,
  durationMs: number,
): Promise<{ readonly beside: HeldUp; readonly alone: HeldUp }> {
  const directory = mkdtempSync(join(parent, 'corecache-bench-'));
  const [beside, alone] = [nothing(), nothing()];
  const group = Buffer.alloc(GROUP_BYTES, 7);
  const thread = new MainThread();
  const until = performance.now() + durationMs;
  try {
    for (let segment = 0; performance.now() < until; segment++) {
      const file = openSync(join(directory, String(segment % 2)), 'w');
      let syncing: Promise<void> | undefined;
      for (let end = GROUP_BYTES; end <= SEGMENT_BYTES; end += GROUP_BYTES) {
        note(syncing === undefined ? alone : beside, thread, () => writeSync(file, group));
        if (end % SYNCED_BYTES === 0) syncing ??= synced(file).then(() => void (syncing = undefined));
        if (end % BYTES_A_TURN === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await syncing;
      closeSync(file);
    }
  } finally {
    thread.close();
    rmSync(directory, { recursive: true });
  }
  return { beside, alone };
}

function nothing(): HeldUp {
  return { writes: 0, over1Ms: 0, over5Ms: 0, over20Ms: 0, longestMs: 0 };
}

function synced(file: number): Promise<void> {
  return new Promise((resolve, reject) => fdatasync(file, (error) => (error === null ? resolve() : reject(error))));
}

function note(heldUp: HeldUp, thread: MainThread, write: () => void): void {
  const waitedBefore = thread.waitedMs() ?? 0;
  const startMs = performance.now();
  write();
  const tookMs = performance.now() - startMs - ((thread.waitedMs() ?? 0) - waitedBefore);
  heldUp.writes++;
  if (tookMs > 1) heldUp.over1Ms++;
  if (tookMs > 5) heldUp.over5Ms++;
  if (tookMs > 20) heldUp.over20Ms++;
  heldUp.longestMs = Math.max(heldUp.longestMs, tookMs);
}
