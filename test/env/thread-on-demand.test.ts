import { describe, expect, it } from 'vitest';
import { CoreCacheError } from '../../src/base/errors.js';
import type { BackgroundThread } from '../../src/env/background-thread.js';
import { ManualClock } from '../../src/env/simulated/manual-clock.js';
import { ThreadOnDemand } from '../../src/env/thread-on-demand.js';

const IDLE_MS = 1000;

class FakeThread implements BackgroundThread<string, string> {
  readonly open: { readonly resolve: (response: string) => void; readonly reject: (error: unknown) => void }[] = [];
  isEnded = false;

  request(): Promise<string> {
    return new Promise((resolve, reject) => this.open.push({ resolve, reject }));
  }

  terminate(): Promise<void> {
    this.isEnded = true;
    return Promise.resolve();
  }
}

function onDemand() {
  const clock = new ManualClock();
  const threads: FakeThread[] = [];
  const subject = new ThreadOnDemand<string, string>(clock, IDLE_MS, () => {
    const thread = new FakeThread();
    threads.push(thread);
    return thread;
  });
  return { clock, threads, subject };
}

describe('a thread on demand', () => {
  it('starts with the first request, and answers the next ones too', async () => {
    const { clock, threads, subject } = onDemand();
    expect(threads).toHaveLength(0);
    for (const answer of ['one', 'two']) {
      const request = subject.request('do');
      threads[0]!.open.at(-1)!.resolve(answer);
      expect(await request).toBe(answer);
      clock.advance(IDLE_MS - 1);
    }
    expect(threads).toHaveLength(1);
    expect(threads[0]!.isEnded).toBe(false);
  });

  it('ends when it has had no request for long, and starts anew with the next', async () => {
    const { clock, threads, subject } = onDemand();
    const first = subject.request('do');
    threads[0]!.open[0]!.resolve('one');
    await first;
    clock.advance(IDLE_MS);
    expect(threads[0]!.isEnded).toBe(true);
    const second = subject.request('do');
    threads[1]!.open[0]!.resolve('two');
    expect(await second).toBe('two');
  });

  it('that was prepared is there when the first request comes, once', async () => {
    const { clock, threads, subject } = onDemand();
    subject.prepare();
    subject.prepare();
    clock.advance(IDLE_MS - 1);
    const request = subject.request('do');
    clock.advance(10 * IDLE_MS);
    subject.prepare();
    threads[0]!.open[0]!.resolve('one');
    expect(await request).toBe('one');
    subject.prepare();
    expect(threads).toHaveLength(1);
    expect(threads[0]!.isEnded).toBe(false);
  });

  it('that was prepared for nothing ends, and is closed as any other', async () => {
    const { clock, threads, subject } = onDemand();
    subject.prepare();
    clock.advance(IDLE_MS);
    expect(threads[0]!.isEnded).toBe(true);
    subject.prepare();
    await subject.close();
    expect(threads.map(({ isEnded }) => isEnded)).toEqual([true, true]);
    expect(clock.pendingCount).toBe(0);
  });

  it('is there for requests that come now and then, and ends once they come no more', async () => {
    const { clock, threads, subject } = onDemand();
    const ask = async (): Promise<void> => {
      const request = subject.request('do');
      threads.at(-1)!.open.at(-1)!.resolve('done');
      await request;
    };
    await ask();
    for (let i = 0; i < 3; i++) {
      clock.advance(2 * IDLE_MS);
      await ask();
    }
    expect(threads).toHaveLength(2);
    clock.advance(4 * IDLE_MS - 1);
    expect(threads[1]!.isEnded).toBe(false);
    clock.advance(1);
    expect(threads[1]!.isEnded).toBe(true);
  });

  it('does not wait for requests that are seldom', async () => {
    const { clock, threads, subject } = onDemand();
    for (const gapMs of [0, 6 * IDLE_MS]) {
      clock.advance(gapMs);
      const request = subject.request('do');
      threads.at(-1)!.open.at(-1)!.resolve('done');
      await request;
    }
    clock.advance(IDLE_MS);
    expect(threads.map(({ isEnded }) => isEnded)).toEqual([true, true]);
  });

  it('does not end while a request is open', async () => {
    const { clock, threads, subject } = onDemand();
    const requests = [subject.request('do'), subject.request('do')];
    threads[0]!.open[0]!.resolve('one');
    await requests[0];
    clock.advance(10 * IDLE_MS);
    expect(threads[0]!.isEnded).toBe(false);
    threads[0]!.open[1]!.resolve('two');
    await requests[1];
    clock.advance(IDLE_MS);
    expect(threads[0]!.isEnded).toBe(true);
  });

  it('starts anew after it has died, and goes on after an error of the request alone', async () => {
    const { threads, subject } = onDemand();
    for (const [code, count] of [
      ['CORRUPTION', 1],
      ['INTERNAL', 2],
    ] as const) {
      const failing = subject.request('do');
      threads[0]!.open.at(-1)!.reject(new CoreCacheError(code, 'it failed'));
      await expect(failing).rejects.toMatchObject({ code });
      const next = subject.request('do');
      expect(threads).toHaveLength(count);
      threads.at(-1)!.open.at(-1)!.resolve('well');
      expect(await next).toBe('well');
    }
    expect(threads[0]!.isEnded).toBe(true);
  });

  it('leaves no thread and no timer behind when it is closed', async () => {
    const { clock, threads, subject } = onDemand();
    const request = subject.request('do');
    threads[0]!.open[0]!.resolve('one');
    await request;
    await subject.close();
    expect(threads[0]!.isEnded).toBe(true);
    expect(clock.pendingCount).toBe(0);
  });
});
