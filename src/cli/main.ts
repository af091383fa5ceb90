#!/usr/bin/env node
import process from 'node:process';
import { messageOf } from '../base/errors.js';
import { nodeEnvironment } from '../env/node-environment.js';
import { ExitCode } from './exit-codes.js';
import { Output } from './output.js';
import { run } from './run.js';

/** The process: its streams, its signals, its exit code. */
const interruption = new AbortController();
const messages = new Output(process.stderr);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The first asks to end well, the second insists.
    if (interruption.signal.aborted) process.exit(ExitCode.interrupted);
    interruption.abort(signal);
  });
}

/** A broken promise of our own code: the state of the process is not known any more, so it goes on with nothing. */
function crash(error: unknown): void {
  process.stderr.write(
    `corecache: internal error: ${error instanceof Error ? (error.stack ?? '') : messageOf(error)}\n`,
  );
  process.exit(ExitCode.failed);
}
process.on('unhandledRejection', crash);
process.on('uncaughtException', crash);

process.exitCode = await run(process.argv.slice(2), {
  environment: nodeEnvironment(),
  input: process.stdin,
  output: new Output(process.stdout),
  messages,
  workingDirectory: process.cwd(),
  variables: process.env,
  interrupted: interruption.signal,
});
