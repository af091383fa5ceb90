import { readFileSync } from 'node:fs';

const SAMPLE_MS = 1000;

/** What the process holds in memory at one moment. */
export interface MemorySample {
  /** Since the meter was started. */
  readonly seconds: number;
  /** Everything resident, pages of mapped files counted (VmRSS). */
  readonly residentBytes: number;
  /** Without the pages of files, which the system can drop at any time (RssAnon); absent where there is no /proc. */
  readonly anonymousBytes: number | undefined;
}

export interface MemoryUse {
  readonly peakResidentBytes: number;
  readonly peakAnonymousBytes: number | undefined;
  readonly samples: readonly MemorySample[];
}

/** Samples the memory of this process once a second; their number grows with the time only. */
export class MemoryMeter {
  readonly #startedAt = performance.now();
  readonly #samples: MemorySample[] = [];
  readonly #timer = setInterval(() => this.sample(), SAMPLE_MS).unref();

  /** To be called as well where the event loop may not come round for long; nothing when the last sample is fresh. */
  sample(): void {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const last = this.#samples.at(-1)?.seconds ?? -Infinity;
    if (seconds - last >= SAMPLE_MS / 2000) this.#samples.push({ seconds, ...residentNow() });
  }

  /** Ends the samples. The resident peak is the system's own, which misses nothing between two samples. */
  stop(): MemoryUse {
    clearInterval(this.#timer);
    const last = { seconds: (performance.now() - this.#startedAt) / 1000, ...residentNow() };
    const samples = [...this.#samples, last];
    const anonymous = samples.flatMap(({ anonymousBytes }) => anonymousBytes ?? []);
    return {
      peakResidentBytes: peakResidentBytes(),
      peakAnonymousBytes: anonymous.length > 0 ? Math.max(...anonymous) : undefined,
      samples,
    };
  }
}

export function residentNow(): Pick<MemorySample, 'residentBytes' | 'anonymousBytes'> {
  const status = statusOfProcess();
  if (status === undefined) return { residentBytes: process.memoryUsage.rss(), anonymousBytes: undefined };
  return { residentBytes: bytesIn(status, 'VmRSS'), anonymousBytes: bytesIn(status, 'RssAnon') };
}

/**
 * The most that this process has had resident (VmHWM). `maxRSS` of `process.resourceUsage` would not do on Linux: there a
 * process begins with what its parent had when it was forked.
 */
export function peakResidentBytes(): number {
  const status = statusOfProcess();
  return status === undefined ? process.resourceUsage().maxRSS * 1024 : bytesIn(status, 'VmHWM');
}

function statusOfProcess(): string | undefined {
  try {
    return readFileSync('/proc/self/status', 'latin1');
  } catch {
    return undefined;
  }
}

function bytesIn(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
}
