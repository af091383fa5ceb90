import autocannon from 'autocannon';

export interface LoadOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly keyCount: number;
}

export interface LoadResult {
  /** Requests a second. */
  readonly rate: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

const VALUE = Buffer.alloc(100, 'v');

/** Loads PUT or GET of numbered keys from many connections. @throws Error when any answer was not a success */
export async function load(method: 'PUT' | 'GET', options: LoadOptions): Promise<LoadResult> {
  let next = 0;
  const result = await autocannon({
    url: options.url,
    connections: options.connections,
    duration: options.seconds,
    requests: [
      {
        method,
        ...(method === 'PUT' ? { body: VALUE } : {}),
        setupRequest: (request) => ({
          ...request,
          path: `/v1/kv/${String(next++ % options.keyCount).padStart(16, '0')}`,
        }),
      },
    ],
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(
      `${method} ${options.url}: ${result.non2xx} refused and ${result.errors} broken of ${result.requests.total}`,
    );
  }
  return { rate: result.requests.average, medianMs: result.latency.p50, p99Ms: result.latency.p99 };
}

/** Writes every key once, so that each GET finds one. */
export async function fill(options: LoadOptions): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < options.keyCount) {
      const path = `/v1/kv/${String(next++).padStart(16, '0')}`;
      const answer = await fetch(options.url + path, { method: 'PUT', body: VALUE });
      if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
      await answer.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: options.connections }, lane));
}
