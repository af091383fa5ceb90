import type { ClusterPaths } from './cluster-paths.js';
import { coordinationError, reasonOf, type Coordinator } from './coordinator.js';
import { candidatePrefix, nextEpoch, placeOf } from './election.js';
import type { NodeDescription } from './node-description.js';
import { isDeadCandidate } from './registration.js';
import { decodeCandidacy, decodeControllerEpoch, encodeContent } from './znode-content.js';

/** One session's part in the election. A new session is a new candidate. */
export class Candidate {
  readonly generation: number;
  readonly #options: CandidateOptions;
  readonly #guid: string;
  readonly #isFirstOfProcess: boolean;
  #hasPlace = false;

  constructor(options: CandidateOptions, { generation, guid, isFirstOfProcess }: CandidateIdentity) {
    this.#options = options;
    this.generation = generation;
    this.#guid = guid;
    this.#isFirstOfProcess = isFirstOfProcess;
  }

  /**
   * Takes its place, unless it has one. `moved` is called when it is worth asking again. A place that was taken away counts
   * as the end of the session: somebody thinks that this process is dead.
   *
   * @throws CoreCacheError `COORDINATION`
   */
  async stand(moved: () => void): Promise<Standing> {
    const { paths } = this.#options;
    for (;;) {
      const names = await this.#here().children(paths.election);
      const place = placeOf(this.#guid, names);
      if (place.kind === 'absent') {
        if (this.#hasPlace) throw this.#lose();
        await this.#enter(names);
        continue;
      }
      this.#hasPlace = true;
      for (const name of place.surplus) await this.#remove(name);
      const watched = place.kind === 'first' ? place.own : place.behind;
      if (await this.#here().exists(paths.candidate(watched), moved)) {
        return { path: paths.candidate(place.own), isFirst: place.kind === 'first' };
      }
    }
  }

  /**
   * Raises the controller epoch above all that were, in this node's name, as long as its node is still in the election.
   *
   * An answer that was lost is no harm: the next attempt raises the epoch once more.
   *
   * @throws CoreCacheError `COORDINATION`
   */
  async win(
    candidatePath: string,
    incarnation: string,
    lowestEpoch: number,
  ): Promise<{ readonly epoch: number; readonly version: number }> {
    const { paths, node } = this.#options;
    const path = paths.controllerEpoch;
    const found = await this.#here().get(path);
    if (found === undefined) throw coordinationError('NO_NODE', path);
    const epoch = nextEpoch(decodeControllerEpoch(path, found.data).epoch, lowestEpoch);
    const data = encodeContent({ epoch, node: node.nodeId, incarnation });
    const [, version] = await this.#here().multi([
      { type: 'check', path: candidatePath, version: 0 },
      { type: 'set', path, data, version: found.version },
    ]);
    return { epoch, version: Number(version) };
  }

  /** Gives up its place: to stop, or to go to the end. */
  async leave(): Promise<void> {
    this.#hasPlace = false;
    const names = await this.#here().children(this.#options.paths.election);
    for (const name of names) if (name.startsWith(candidatePrefix(this.#guid))) await this.#remove(name);
  }

  async #enter(names: readonly string[]): Promise<void> {
    const { paths, node } = this.#options;
    await this.#removeTheDead(names);
    const { nodeId, storeUuid, bootId } = node;
    const path = paths.candidate(candidatePrefix(this.#guid));
    await this.#here().create(path, encodeContent({ nodeId, storeUuid, bootId }), 'ephemeralSequential');
  }

  /** Candidates of this node's former processes and sessions: nobody should wait for their sessions to time out. */
  async #removeTheDead(names: readonly string[]): Promise<void> {
    const { paths, node } = this.#options;
    for (const name of names) {
      const path = paths.candidate(name);
      const found = await this.#here().get(path);
      if (found === undefined) continue;
      const candidacy = decodeCandidacy(path, found.data);
      if (isDeadCandidate({ ...candidacy, owner: found.owner }, node, this.#here().sessionId, this.#isFirstOfProcess))
        await this.#remove(name);
    }
  }

  #lose(): Error {
    const why = 'the place in the election was taken away';
    this.#options.coordinator.renewSession(this.generation, why);
    return coordinationError('NOT_CONNECTED', why);
  }

  async #remove(name: string): Promise<void> {
    try {
      await this.#here().remove(this.#options.paths.candidate(name), 0);
    } catch (error) {
      if (reasonOf(error) !== 'NO_NODE') throw error;
    }
  }

  /** The coordinator, as long as it is in the session of this candidate. */
  #here(): Coordinator {
    const { coordinator } = this.#options;
    if (coordinator.generation === this.generation) return coordinator;
    throw coordinationError('NOT_CONNECTED', 'the session is over');
  }
}

export interface CandidateIdentity {
  readonly generation: number;
  readonly guid: string;
  /** This process was in no session before: what another process of the same data directory left behind is dead. */
  readonly isFirstOfProcess: boolean;
}

export interface Standing {
  /** Its node in the election: unlike any other, ever. */
  readonly path: string;
  readonly isFirst: boolean;
}

export interface CandidateOptions {
  readonly coordinator: Coordinator;
  readonly paths: ClusterPaths;
  readonly node: NodeDescription;
}
