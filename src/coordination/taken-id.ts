import { CoreCacheError } from '../base/errors.js';
import type { Environment } from '../env/environment.js';
import { coordinationError, type Coordinator } from './coordinator.js';
import type { NodeDescription } from './node-description.js';

/** Looks again at a registration that is another node's, until it must be taken as alive. */
export class TakenId {
  readonly #options: TakenIdOptions;
  readonly #path: string;
  readonly #startedAtMs: number;
  #firstVersion: number | undefined = undefined;

  constructor(options: TakenIdOptions, path: string) {
    this.#options = options;
    this.#path = path;
    this.#startedAtMs = options.environment.clock.monotonic();
  }

  async wait(version: number, signal: AbortSignal): Promise<void> {
    const { environment, coordinator, node } = this.#options;
    this.#firstVersion ??= version;
    const waitedMs = environment.clock.monotonic() - this.#startedAtMs;
    // Only a living process writes heartbeats. Without one, a dead one's goes within its session timeout.
    const isAlive = version > this.#firstVersion;
    if (isAlive || waitedMs > Math.min(coordinator.sessionTimeoutMs * 3, OTHER_MS_MAX)) {
      throw new CoreCacheError(
        'CLUSTER_MISMATCH',
        `another node with the id ${node.nodeId}, but other data, is in the cluster (${this.#path}); ` +
          'give each node an id of its own',
        { data: { nodeId: node.nodeId } },
      );
    }
    if (signal.aborted) throw coordinationError('NOT_CONNECTED', 'this node is stopping');
    await environment.clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

const LOOK_AGAIN_MS = 100;
const OTHER_MS_MAX = 60_000;

interface TakenIdOptions {
  readonly coordinator: Coordinator;
  readonly node: NodeDescription;
  readonly environment: Environment;
}
