import { isCoreCacheError } from '../base/errors.js';
import type { Epoch } from '../base/numbers.js';
import type { Environment } from '../env/environment.js';
import type { LeaderGate } from './leader-gate.js';
import type {
  Candidate,
  ClusterConnection,
  LeadershipEvents,
  LeadershipPort,
  LeadershipView,
} from './leadership-port.js';
import type { StoreKeeper } from './store-keeper.js';

interface ElectionParts {
  readonly gate: LeaderGate;
  readonly keeper: StoreKeeper;
  readonly cluster: ClusterConnection;
  readonly environment: Environment;
  readonly candidate: Candidate;
  readonly onLogFailure: () => void;
}

/**
 * This node in the election: given an epoch, it puts the epoch on disk and opens the gate; told to lay it down, it closes
 * the gate in the same turn.
 *
 * Taking up waits for the disk, and the role may be gone by the time it is done. Each `takeUp` and `layDown` therefore
 * ends the one before, and only a taking up that is still the last one opens the gate.
 */
export class NodeElection {
  readonly #parts: ElectionParts;
  #leadership: LeadershipPort | undefined;
  #turn = 0;

  constructor(parts: ElectionParts) {
    this.#parts = parts;
  }

  get gate(): LeaderGate {
    return this.#parts.gate;
  }

  view(): LeadershipView | undefined {
    return this.#leadership?.status();
  }

  /** Enters with the epoch that the store has now. */
  async enter(): Promise<void> {
    const { cluster, candidate, keeper, gate } = this.#parts;
    const events: LeadershipEvents = {
      takeUp: (epoch) => this.#takeUp(epoch),
      layDown: () => {
        this.#turn++;
        gate.close();
      },
    };
    const leadership = cluster.enter(candidate, keeper.current.epoch, events);
    this.#leadership = leadership;
    gate.follow(leadership);
    await leadership.start();
  }

  async leave(): Promise<void> {
    const leadership = this.#leadership;
    this.#turn++;
    this.#parts.gate.follow(undefined);
    this.#leadership = undefined;
    await leadership?.stop();
  }

  async #takeUp(epoch: Epoch): Promise<void> {
    const { keeper, gate, environment, onLogFailure } = this.#parts;
    const turn = ++this.#turn;
    const store = keeper.current;
    try {
      await store.beginEpoch(epoch);
    } catch (error) {
      if (!isCoreCacheError(error)) throw error;
      environment.logger.error('the new epoch could not be put on disk', { epoch, error });
      if (store.failure !== undefined) onLogFailure();
      throw error;
    }
    if (turn !== this.#turn) return;
    gate.open(epoch);
    environment.logger.info('leading', { epoch });
  }
}
