import process from 'node:process';
import { resolve } from 'node:path';
import type { Options } from 'yargs';
import type { Environment } from '../../env/environment.js';
import { pinoLogger } from '../../env/pino-logger.js';
import { httpDoor } from '../../http/http-door.js';
import { CoreCacheNode } from '../../node/corecache-node.js';
import type { Settings } from '../../settings/definitions.js';
import { readSettings } from '../../settings/read-settings.js';
import { settingList } from '../../settings/setting-list.js';
import { defineCommand, type CommandContext } from '../command.js';
import { ExitCode } from '../exit-codes.js';
import { writeFileWhole } from '../write-file-whole.js';

const SETTINGS_FILE = 'settings.toml';
/** Ours, but no settings of a node. */
const OWN_VARIABLES = new Set(['CORECACHE_URL', 'CORECACHE_CONFIG', 'CORECACHE_RUN_DIRECTORY', 'CORECACHE_SKIP_BUILD']);

const settingFlags: Record<string, Options & { readonly type: 'string' }> = Object.fromEntries(
  settingList.map(({ flag, key, section, setting }) => [
    flag,
    {
      type: 'string',
      group: `Settings: ${section}`,
      describe: `${setting.description} [${setting.render(setting.default)}; ${key}]`,
      requiresArg: true,
    } as const,
  ]),
);

export const serveCommand = defineCommand({
  usage: 'serve',
  description: 'Run a node until it is told to stop',
  positionals: {},
  flags: {
    config: {
      type: 'string',
      requiresArg: true,
      describe: `Settings file; otherwise CORECACHE_CONFIG, otherwise ${SETTINGS_FILE} in the working directory if there is one`,
    },
    readyFile: { type: 'string', requiresArg: true, describe: 'File that is written when the node is ready' },
    ...settingFlags,
  },
  examples: [
    ['$0 serve', 'A node on its own'],
    ['$0 serve --zooKeeperHost zk1:2181,zk2:2181,zk3:2181', 'A member of a cluster'],
  ],
  async run(given, context) {
    const settings = await settingsFrom(given, context);
    const { level } = settings.logging;
    const environment: Environment =
      level === 'silent' ? context.environment : { ...context.environment, logger: pinoLogger({ level }) };
    const node = await CoreCacheNode.start(settings, environment, httpDoor);
    // An error of our own code ends the process; first the log says so, beside everything else that led to it.
    const logEnd = (error: unknown): void => {
      environment.logger.error('internal error: the process ends', { error });
    };
    process.prependListener('uncaughtException', logEnd);
    process.prependListener('unhandledRejection', logEnd);
    await announce(node, settings, given.readyFile, context);
    await until(context.interrupted);
    environment.logger.info('stopping', { signal: String(context.interrupted.reason) });
    await node.stop();
    return ExitCode.done;
  },
});

async function settingsFrom(
  given: Readonly<Record<string, unknown>>,
  { environment, variables, workingDirectory }: CommandContext,
): Promise<Settings> {
  const named = typeof given['config'] === 'string' ? given['config'] : variables['CORECACHE_CONFIG'];
  const path = resolve(workingDirectory, named ?? SETTINGS_FILE);
  const { fileSystem } = environment;
  const isThere = named !== undefined || (await fileSystem.exists(path));
  const text = isThere ? Buffer.from(await fileSystem.readFile(path)).toString('utf8') : undefined;
  return readSettings({
    file: text === undefined ? undefined : { path, text },
    variables: Object.fromEntries(Object.entries(variables).filter(([name]) => !OWN_VARIABLES.has(name))),
    flags: Object.fromEntries(settingList.map(({ flag }) => [flag, given[flag] as string | undefined])),
    workingDirectory,
  });
}

/** To whoever waits for it: a person, a program that reads lines, and a script that waits for a file. */
async function announce(
  node: CoreCacheNode,
  settings: Settings,
  readyFile: string | undefined,
  context: CommandContext,
): Promise<void> {
  const facts = {
    ready: true,
    url: node.url,
    nodeId: node.nodeId,
    pid: process.pid,
    dataDirectory: settings.node.dataDirectory,
  };
  if (context.output.isTerminal) await context.output.line(`CoreCache is ready at ${node.url}`);
  else await context.output.json(facts);
  if (readyFile !== undefined) {
    const path = resolve(context.workingDirectory, readyFile);
    await writeFileWhole(context.environment.fileSystem, path, Buffer.from(`${JSON.stringify(facts)}\n`));
  }
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
