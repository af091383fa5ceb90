import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ServerUnderTest {
  readonly name: string;
  readonly url: string;
  stop(): Promise<void>;
}

export async function startBareKoa(): Promise<ServerUnderTest> {
  const child = fork(fileURLToPath(new URL('./bare-koa-server.js', import.meta.url)));
  const [message] = (await once(child, 'message')) as [{ url: string }];
  return { name: 'bare koa', url: message.url, stop: () => stop(child) };
}

/** A standalone node with its default settings: every write is on the device before it is answered. */
export async function startCoreCache(dataDirectory: string): Promise<ServerUnderTest> {
  const entry = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
  const child = spawn(
    process.execPath,
    [entry, 'serve', '--host', '127.0.0.1', '--port', '0', '--dataDirectory', dataDirectory],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const url = await firstUrl(child);
  return { name: 'corecache', url, stop: () => stop(child) };
}

async function firstUrl(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the server has no standard output');
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
    if (url) {
      child.stdout.resume();
      return url[0];
    }
  }
  throw new Error('the server ended before it was ready');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
