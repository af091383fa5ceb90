import type { Environment } from '../env/environment.js';
import type { StatusBody } from '../protocol/rest-bodies.js';
import type { Settings } from '../settings/definitions.js';
import type { FrontDoor } from './front-door.js';

export declare class CoreCacheNode {
  /** Front door: `httpDoor` of src/http/http-door.js. Resolves when the node listens and has entered the election. */
  static start(settings: Settings, environment: Environment, door: FrontDoor): Promise<CoreCacheNode>;
  readonly url: string;
  readonly nodeId: string;
  status(): StatusBody;
  stop(): Promise<void>;
}
