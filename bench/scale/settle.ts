import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Some files are written with pauses of this kind between, so quiet has to last much longer. */
const POLL_MS = 250;
/** An engine that writes on for this long is not waited for any more. */
const SETTLE_SECONDS_MAX = 3600;

/**
 * Waits until no file below the directory has appeared, vanished or changed for `quietSeconds`: the same test for every
 * engine, for most have nothing that says whether their background work is done.
 * @returns how long the engine went on, in seconds, the quiet at the end left out; `undefined` when it never came to rest
 */
export async function settle(directory: string, quietSeconds: number): Promise<number | undefined> {
  const startedAt = performance.now();
  let changedAt = startedAt;
  let seen = listing(directory);
  while (performance.now() - changedAt < quietSeconds * 1000) {
    if (performance.now() - startedAt > SETTLE_SECONDS_MAX * 1000) return undefined;
    await sleep(POLL_MS);
    const now = listing(directory);
    if (now === seen) continue;
    seen = now;
    changedAt = performance.now();
  }
  return (changedAt - startedAt) / 1000;
}

function listing(directory: string): string {
  const lines: string[] = [];
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    // The engine may delete a file meanwhile.
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() === true) lines.push(`${path} ${stat.size} ${stat.mtimeMs}`);
  }
  return lines.sort().join('\n');
}
