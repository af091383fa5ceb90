import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../src/env/environment.js';
import { nodeEnvironment } from '../../src/env/node-environment.js';
import { httpDoor } from '../../src/http/http-door.js';
import { CoreCacheNode } from '../../src/node/corecache-node.js';
import type { NodeParts } from '../../src/node/node-parts.js';
import { readSettings } from '../../src/settings/read-settings.js';
import type { GivenValue } from '../../src/settings/setting-kinds.js';
import { FakeCluster } from './fake-cluster.js';
import { MemoryStore } from './memory-store.js';

export type Flags = Readonly<Record<string, GivenValue>>;

/** A node in this process on a free port, in a temporary directory that goes with it. */
export class TestNode {
  readonly node: CoreCacheNode;
  readonly directory: string;

  private constructor(node: CoreCacheNode, directory: string) {
    this.node = node;
    this.directory = directory;
  }

  static async start(parts: Partial<NodeParts>, flags: Flags = {}, environment = nodeEnvironment()): Promise<TestNode> {
    const directory = await mkdtemp(join(tmpdir(), 'corecache-node-'));
    try {
      return new TestNode(await startNode(directory, parts, flags, environment), directory);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get url(): string {
    return this.node.url;
  }

  async stop(): Promise<void> {
    await this.node.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

export async function startNode(
  dataDirectory: string,
  parts: Partial<NodeParts> = {},
  flags: Flags = {},
  environment: Environment = nodeEnvironment(),
): Promise<CoreCacheNode> {
  const settings = readSettings({
    variables: {},
    flags: { port: 0, dataDirectory, ...flags },
    workingDirectory: tmpdir(),
  });
  const { realParts } = await import('../../src/node/node-parts.js');
  return CoreCacheNode.start(settings, environment, httpDoor, { ...realParts, ...parts });
}

/** Parts over memory: a store and a cluster that the test controls. */
export function memoryParts(store = new MemoryStore(), cluster = new FakeCluster()): NodeParts {
  return {
    openStore: () => Promise.resolve(store),
    connect: () => Promise.resolve(cluster.connection()),
  };
}
