import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface NodeProcessOptions {
  readonly dataDirectory: string;
  /** Flags of `corecache serve` besides the data directory, host and port. */
  readonly flags?: readonly string[];
  /** A port to come back on; the system chooses one when absent. */
  readonly port?: number;
}

/** A real `corecache serve` in a process of its own, on loopback. */
export class NodeProcess {
  readonly #child: ChildProcess;
  readonly #output: string[] = [];
  readonly url: string;

  private constructor(child: ChildProcess, url: string, output: string[]) {
    this.#child = child;
    this.url = url;
    this.#output = output;
  }

  /** Resolves when the node says its URL. @throws Error with what it printed when it ends before that */
  static async start(options: NodeProcessOptions): Promise<NodeProcess> {
    const child = spawn(
      process.execPath,
      [
        entry,
        'serve',
        '--host',
        '127.0.0.1',
        '--port',
        String(options.port ?? 0),
        '--dataDirectory',
        options.dataDirectory,
        ...(options.flags ?? []),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    running.add(child);
    child.once('exit', () => running.delete(child));
    const output: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        output.push(chunk.toString());
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output.join(''));
        if (found) resolve(found[0]);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
      child.once('exit', (code) => reject(new Error(`the node ended with ${code ?? 'a signal'}:\n${output.join('')}`)));
    });
    return new NodeProcess(child, url, output);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** All it has printed. */
  get output(): string {
    return this.#output.join('');
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops gracefully and returns the exit code. */
  async stop(): Promise<number | null> {
    await this.#end('SIGTERM');
    return this.#child.exitCode;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }
}

const running = new Set<ChildProcess>();

/** Nothing a test started outlives it, also when the test failed half-way. */
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
