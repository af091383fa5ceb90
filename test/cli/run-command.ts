import { PassThrough, Readable, type Writable } from 'node:stream';
import type { CommandContext } from '../../src/cli/command.js';
import { Output } from '../../src/cli/output.js';
import { run } from '../../src/cli/run.js';
import { nodeEnvironment } from '../../src/env/node-environment.js';

export interface CommandResult {
  readonly code: number;
  readonly output: Buffer;
  readonly messages: string;
}

interface RunOptions extends Partial<Omit<CommandContext, 'input'>> {
  /** Standard input; `stream` where it matters how it comes. */
  readonly input?: string | Uint8Array;
  readonly stream?: Readable;
}

/** Runs a command line in this process, with streams that the test reads. */
export async function runCommand(
  argv: readonly string[],
  { input = '', stream, workingDirectory = '/', ...rest }: RunOptions = {},
): Promise<CommandResult> {
  const output = collector();
  const messages = collector();
  const code = await run(argv, {
    environment: nodeEnvironment(),
    input: stream ?? Readable.from([Buffer.from(input)]),
    output: new Output(output.stream),
    messages: new Output(messages.stream),
    workingDirectory,
    variables: {},
    interrupted: new AbortController().signal,
    ...rest,
  });
  return { code, output: output.bytes(), messages: messages.bytes().toString() };
}

function collector(): { stream: Writable; bytes: () => Buffer } {
  const stream = new PassThrough({ highWaterMark: 256 * 1024 * 1024 });
  return { stream, bytes: () => (stream.read() as Buffer | null) ?? Buffer.alloc(0) };
}
