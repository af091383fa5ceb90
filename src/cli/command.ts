import type { Readable } from 'node:stream';
import type { Argv, InferredOptionTypes, Options, PositionalOptions } from 'yargs';
import type { Environment } from '../env/environment.js';
import type { ExitCode } from './exit-codes.js';
import type { Output } from './output.js';

/** What a command may touch. */
export interface CommandContext {
  readonly environment: Environment;
  readonly input: Readable;
  /** Results. */
  readonly output: Output;
  /** Progress, warnings and errors: standard error. */
  readonly messages: Output;
  readonly workingDirectory: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user wants it to end. */
  readonly interrupted: AbortSignal;
}

export type Flags = Readonly<Record<string, Options>>;
export type Positionals = Readonly<Record<string, PositionalOptions>>;

/** One word of the command line. */
export interface Command<P extends Positionals, F extends Flags> {
  /** As yargs takes it: `get <key>`. */
  readonly usage: string;
  readonly description: string;
  readonly positionals: P;
  readonly flags: F;
  readonly examples?: readonly (readonly [command: string, description: string])[];
  run(
    given: InferredOptionTypes<P> & InferredOptionTypes<F> & GlobalValues,
    context: CommandContext,
  ): Promise<ExitCode>;
}

export const globalFlags = {
  json: { type: 'boolean', default: false, describe: 'Answer in JSON, errors too' },
} as const satisfies Flags;

export type GlobalValues = InferredOptionTypes<typeof globalFlags>;

/** A command whose own types have done their work. */
export interface RegisteredCommand {
  /** Words before the arguments. */
  readonly name: string;
  readonly flagNames: readonly string[];
  register(yargs: Argv, context: CommandContext, finish: (code: ExitCode) => void): Argv;
}

export function defineCommand<P extends Positionals, F extends Flags>(command: Command<P, F>): RegisteredCommand {
  return {
    name: command.usage.split(' ', 1)[0] ?? '',
    flagNames: [...Object.keys(command.flags), ...Object.keys(globalFlags), 'help', 'version'],
    register: (yargs, context, finish) =>
      yargs.command(
        command.usage,
        command.description,
        (own) => {
          let described: Argv = own.options(command.flags).options(globalFlags);
          for (const [name, options] of Object.entries(command.positionals)) {
            described = described.positional(name, options);
          }
          for (const [example, description] of command.examples ?? []) described.example(example, description);
          return described as Argv<InferredOptionTypes<P> & InferredOptionTypes<F> & GlobalValues>;
        },
        async (given) => {
          // yargs adds the camel-case form of every name to the type; it is switched off.
          finish(await command.run(given as InferredOptionTypes<P> & InferredOptionTypes<F> & GlobalValues, context));
        },
      ),
  };
}
