import { resolve } from 'node:path';
import { CoreCacheError } from '../../base/errors.js';
import { Database } from '../../store/database.js';
import type { CommandContext, Flags } from '../command.js';
import { LocalTarget } from './local-target.js';
import { RemoteTarget, type RemoteTargetOptions } from './remote-target.js';
import type { Target } from './target.js';

/** The first port that a node takes by itself. */
const DEFAULT_URL = 'http://127.0.0.1:8080';

export const targetFlags = {
  url: {
    type: 'string',
    requiresArg: true,
    describe: `A running node, or several with commas between them; otherwise CORECACHE_URL, otherwise ${DEFAULT_URL}`,
  },
  dataDirectory: {
    type: 'string',
    requiresArg: true,
    describe: 'Work on this directory itself; no server may be running on it',
  },
} as const satisfies Flags;

interface TargetValues {
  readonly url?: string | undefined;
  readonly dataDirectory?: string | undefined;
}

export interface OpenTargetOptions extends RemoteTargetOptions {
  /** Make the directory a database when it is absent or empty. */
  readonly createIfMissing?: boolean;
}

/**
 * Hands the target to `use`, and closes it afterwards whatever happens.
 * @throws CoreCacheError of opening and of `use`; `LOCKED` when a server has the directory
 */
export async function withTarget<T>(
  given: TargetValues,
  context: CommandContext,
  use: (target: Target) => Promise<T>,
  options: OpenTargetOptions = {},
): Promise<T> {
  const target = await openTarget(given, context, options);
  try {
    return await use(target);
  } finally {
    await target.close();
  }
}

async function openTarget(
  { url, dataDirectory }: TargetValues,
  { environment, variables, workingDirectory, interrupted }: CommandContext,
  { createIfMissing = false, ...remote }: OpenTargetOptions,
): Promise<Target> {
  if (url !== undefined && dataDirectory !== undefined) {
    throw new CoreCacheError('INVALID_ARGUMENT', 'give --url or --dataDirectory, not both');
  }
  if (dataDirectory === undefined) {
    return new RemoteTarget(url ?? variables['CORECACHE_URL'] ?? DEFAULT_URL, environment, {
      ...remote,
      stopRetrying: interrupted,
    });
  }
  const directory = resolve(workingDirectory, dataDirectory);
  return new LocalTarget(await Database.open(directory, { environment, createIfMissing }));
}
