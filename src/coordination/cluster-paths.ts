import { assert } from '../base/assert.js';

/** Where the nodes of one cluster lie in the coordinator's tree. */
export class ClusterPaths {
  readonly root: string;

  constructor(root: string) {
    assert(/^(\/[^/]+)+$/.test(root), `the root is an absolute path such as /corecache, not ${root}`);
    this.root = root;
  }

  get id(): string {
    return `${this.root}/id`;
  }
  get config(): string {
    return `${this.root}/config`;
  }
  get controllerEpoch(): string {
    return `${this.root}/controller_epoch`;
  }
  get election(): string {
    return `${this.root}/election`;
  }
  candidate(name: string): string {
    return `${this.election}/${name}`;
  }
  get nodes(): string {
    return `${this.root}/nodes`;
  }
  node(nodeId: string): string {
    return `${this.nodes}/${nodeId}`;
  }
  get members(): string {
    return `${this.root}/members`;
  }
  member(nodeId: string): string {
    return `${this.members}/${nodeId}`;
  }

  /** Persistent nodes that hold others, each after its parent. */
  get folders(): string[] {
    const names = this.root.split('/').slice(1);
    const ancestors = names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
    return [...ancestors, this.election, this.nodes, this.members];
  }
}
