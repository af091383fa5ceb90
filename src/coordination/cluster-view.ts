import type { Environment } from '../env/environment.js';
import type { ClusterPaths } from './cluster-paths.js';
import { coordinationError, reasonOf, type Coordinator } from './coordinator.js';
import { WakeUp } from './wake-up.js';
import { decodeControllerEpoch, decodeRegistration } from './znode-content.js';

export interface NodeView {
  readonly nodeId: string;
  readonly url: string;
  readonly version: string;
}

/**
 * What this node knows of the others: who is there, and who leads with which epoch. Kept up to date by watches; while the
 * coordinator is away it is what was last known, so that requests still find a leader that is in good health.
 *
 * The leader is the node named by the controller epoch, if it is there with the registration named by it: a node that has
 * registered anew leads only when it has won anew.
 */
export class ClusterView {
  readonly #options: ClusterViewOptions;
  readonly #wake = new WakeUp();
  #nodes: readonly NodeView[] = [];
  #leader: NodeView | undefined = undefined;
  #epoch = 0;

  constructor(options: ClusterViewOptions) {
    this.#options = options;
  }

  get nodes(): readonly NodeView[] {
    return this.#nodes;
  }
  get leader(): NodeView | undefined {
    return this.#leader;
  }
  /** Of the leader in view; 0 when there is none. */
  get epoch(): number {
    return this.#leader === undefined ? 0 : this.#epoch;
  }

  /** Something may have changed, or can be asked again. */
  refresh(): void {
    this.#wake.signal();
  }

  /** Follows the cluster until `signal` aborts. */
  async observe(signal: AbortSignal): Promise<void> {
    const { coordinator, environment } = this.#options;
    signal.addEventListener('abort', () => this.#wake.signal());
    while (!signal.aborted) {
      try {
        if (coordinator.state === 'connected') await this.#read(coordinator.generation);
        await this.#wake.wait();
      } catch (error) {
        if (reasonOf(error) === undefined) throw error;
        await environment.clock.sleep(RETRY_MS, signal);
      }
    }
  }

  async #read(generation: number): Promise<void> {
    const { coordinator, paths, changed } = this.#options;
    const here = (): Coordinator => {
      if (coordinator.generation !== generation) throw coordinationError('NOT_CONNECTED', 'the session is over');
      return coordinator;
    };
    const again = (): void => this.#wake.signal();
    if (!(await here().exists(paths.nodes))) {
      await here().exists(paths.controllerEpoch, again);
      return;
    }
    const found = await here().get(paths.controllerEpoch, again);
    const controller = found && decodeControllerEpoch(paths.controllerEpoch, found.data);
    const nodes: NodeView[] = [];
    let leader: NodeView | undefined;
    for (const nodeId of (await here().children(paths.nodes, again)).sort()) {
      const path = paths.node(nodeId);
      const registered = await here().get(path);
      if (registered === undefined) continue;
      const { addresses, version } = decodeRegistration(path, registered.data);
      const node: NodeView = { nodeId, url: addresses.http, version };
      nodes.push(node);
      if (nodeId === controller?.node && String(registered.czxid) === controller.incarnation) leader = node;
    }
    this.#nodes = nodes;
    this.#leader = leader;
    this.#epoch = controller?.epoch ?? 0;
    changed();
  }
}

export interface ClusterViewOptions {
  readonly coordinator: Coordinator;
  readonly paths: ClusterPaths;
  readonly environment: Environment;
  readonly changed: () => void;
}

const RETRY_MS = 100;
