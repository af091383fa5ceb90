import { join } from 'node:path';
import { CoreCacheError, corruption } from '../base/errors.js';
import { NODE_FILE, temporaryFile } from '../base/file-names.js';
import type { Environment } from '../env/environment.js';

/** Who this node is: what it must remember from one start to the next. */
export interface NodeIdentity {
  readonly nodeId: string;
  /** The cluster its data belongs to; `null` as long as it was in none. */
  readonly clusterId: string | null;
}

const FORMAT = 1;

/**
 * Reads the node file of the data directory, or makes one. `wantedId` is the node id of the settings; empty for whichever
 * the directory has.
 *
 * @throws CoreCacheError `SETTINGS` when the directory belongs to a node of another id; `CORRUPTION`, `NEWER_FORMAT`
 */
export async function claimNodeIdentity(
  environment: Environment,
  dataDirectory: string,
  wantedId: string,
): Promise<NodeIdentity> {
  const path = join(dataDirectory, NODE_FILE);
  if (await environment.fileSystem.exists(path)) {
    const identity = decode(await environment.fileSystem.readFile(path), path);
    if (wantedId !== '' && identity.nodeId !== wantedId) {
      throw new CoreCacheError(
        'SETTINGS',
        `node.id is ${wantedId}, but ${dataDirectory} belongs to node ${identity.nodeId}; give each node its own folder`,
      );
    }
    return identity;
  }
  const nodeId = wantedId === '' ? `node-${environment.randomness.uuid().slice(0, 8)}` : wantedId;
  const identity: NodeIdentity = { nodeId, clusterId: null };
  await writeNodeIdentity(environment, dataDirectory, identity);
  return identity;
}

/** Replaces the node file in one step: written under another name, synced, renamed. */
export async function writeNodeIdentity(
  { fileSystem }: Environment,
  dataDirectory: string,
  identity: NodeIdentity,
): Promise<void> {
  const path = join(dataDirectory, NODE_FILE);
  const unfinished = temporaryFile(path);
  if (await fileSystem.exists(unfinished)) await fileSystem.remove(unfinished);
  const file = await fileSystem.openWriter(unfinished, 'create');
  try {
    await file.write([Buffer.from(`${JSON.stringify({ format: FORMAT, ...identity })}\n`)]);
    await file.sync();
  } finally {
    await file.close();
  }
  await fileSystem.rename(unfinished, path);
  await fileSystem.syncDirectory(dataDirectory);
}

function decode(bytes: Uint8Array, path: string): NodeIdentity {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw corruption(path, 0, 'is not JSON', error);
  }
  if (typeof content !== 'object' || content === null) throw corruption(path, 0, 'is not a node file');
  const { format, nodeId, clusterId } = content as Record<string, unknown>;
  if (typeof format === 'number' && format > FORMAT) {
    throw new CoreCacheError('NEWER_FORMAT', `${path}: has format ${format}; this program reads up to ${FORMAT}`);
  }
  const isValid = format === FORMAT && typeof nodeId === 'string' && nodeId !== '';
  if (!isValid || (clusterId !== null && typeof clusterId !== 'string'))
    throw corruption(path, 0, 'is not a node file');
  return { nodeId, clusterId };
}
