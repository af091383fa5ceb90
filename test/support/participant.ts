import type { Coordinator } from '../../src/coordination/coordinator.js';
import { Leadership, type LeadershipOptions } from '../../src/coordination/leadership.js';
import { nodeEnvironment } from '../../src/env/node-environment.js';

export interface ParticipantOptions {
  readonly coordinator: Coordinator;
  readonly nodeId: string;
  readonly root?: string;
  readonly storeUuid?: string;
  readonly bootId?: string;
  readonly lowestEpoch?: number;
  readonly clusterId?: string;
  readonly startTimeoutMs?: number;
  readonly environment?: LeadershipOptions['environment'];
  /** What taking up leadership takes. */
  readonly takeUp?: (epoch: number) => Promise<void>;
}

/** A node's part in an election, and a record of what it was told. */
export class Participant {
  readonly leadership: Leadership;
  readonly nodeId: string;
  /** `take up 3`, `lay down`. */
  readonly events: string[] = [];
  #epochs: number[] = [];

  constructor(options: ParticipantOptions) {
    const { coordinator, nodeId, root = '/corecache' } = options;
    this.nodeId = nodeId;
    this.leadership = new Leadership({
      coordinator,
      root,
      node: {
        nodeId,
        storeUuid: options.storeUuid ?? `store of ${nodeId}`,
        bootId: options.bootId ?? `boot of ${nodeId}`,
        url: `http://${nodeId}`,
        version: '1',
      },
      clusterId: options.clusterId,
      lowestEpoch: options.lowestEpoch ?? 0,
      startTimeoutMs: options.startTimeoutMs,
      environment: options.environment ?? nodeEnvironment(),
      handlers: {
        takeUp: async (epoch) => {
          this.#epochs.push(epoch);
          this.events.push(`take up ${epoch}`);
          await options.takeUp?.(epoch);
        },
        layDown: () => void this.events.push('lay down'),
      },
    });
  }

  get leads(): boolean {
    return this.leadership.holdsLease();
  }

  /** Those it was told to take up, in order. */
  get epochs(): readonly number[] {
    return this.#epochs;
  }
}
