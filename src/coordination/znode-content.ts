import { CoreCacheError, messageOf } from '../base/errors.js';

/**
 * What the nodes in the coordinator's tree hold: JSON in UTF-8. Fields that this version does not know are left alone, so
 * that a cluster can be upgraded node by node.
 */

/** `<root>/id` */
export interface ClusterIdentity {
  readonly clusterId: string;
  readonly formatVersion: number;
}

/** `<root>/config`: fixed when the cluster is founded. */
export interface ClusterConfig {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly minInSync: number;
  /** Name of the function from key to partition. */
  readonly hash: string;
}

/** `<root>/controller_epoch` */
export interface ControllerEpoch {
  readonly epoch: number;
  /** Who leads; empty before the first leader. */
  readonly node: string;
  /** The czxid of its registration, in decimal: another registration of the same node is not that leader. */
  readonly incarnation: string;
}

/** `<root>/nodes/<id>` */
export interface Registration {
  readonly storeUuid: string;
  readonly bootId: string;
  readonly addresses: { readonly http: string };
  readonly version: string;
}

/** `<root>/members/<id>` */
export interface Member {
  readonly storeUuid: string;
  readonly state: 'active' | 'draining' | 'left';
}

/** `<root>/election/<guid>_n_<digits>` */
export interface Candidacy {
  readonly nodeId: string;
  readonly storeUuid: string;
  readonly bootId: string;
}

export function encodeContent(
  content: ClusterIdentity | ClusterConfig | ControllerEpoch | Registration | Member | Candidacy,
): Uint8Array {
  return Buffer.from(JSON.stringify(content));
}

/** @throws CoreCacheError `CLUSTER_MISMATCH` when the bytes are not what CoreCache writes there; so for every `decode…` */
export function decodeClusterIdentity(path: string, bytes: Uint8Array): ClusterIdentity {
  const fields = decode(path, bytes, { clusterId: 'string', formatVersion: 'number' });
  return { clusterId: fields['clusterId'] as string, formatVersion: fields['formatVersion'] as number };
}

export function decodeClusterConfig(path: string, bytes: Uint8Array): ClusterConfig {
  const kinds = { partitions: 'number', replicationFactor: 'number', minInSync: 'number', hash: 'string' } as const;
  return decode(path, bytes, kinds) as unknown as ClusterConfig;
}

export function decodeControllerEpoch(path: string, bytes: Uint8Array): ControllerEpoch {
  const fields = decode(path, bytes, { epoch: 'number', node: 'string', incarnation: 'string' });
  if (!Number.isSafeInteger(fields['epoch']) || Number(fields['epoch']) < 0) throw notOurs(path, 'epoch is no epoch');
  return fields as unknown as ControllerEpoch;
}

export function decodeRegistration(path: string, bytes: Uint8Array): Registration {
  const kinds = { storeUuid: 'string', bootId: 'string', addresses: 'object', version: 'string' } as const;
  const fields = decode(path, bytes, kinds) as unknown as Registration;
  if (typeof fields.addresses.http !== 'string') throw notOurs(path, 'addresses.http is missing');
  return fields;
}

export function decodeMember(path: string, bytes: Uint8Array): Member {
  return decode(path, bytes, { storeUuid: 'string', state: 'string' }) as unknown as Member;
}

export function decodeCandidacy(path: string, bytes: Uint8Array): Candidacy {
  return decode(path, bytes, { nodeId: 'string', storeUuid: 'string', bootId: 'string' }) as unknown as Candidacy;
}

function decode(
  path: string,
  bytes: Uint8Array,
  kinds: Readonly<Record<string, 'string' | 'number' | 'object'>>,
): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw notOurs(path, messageOf(error), error);
  }
  if (typeof content !== 'object' || content === null) throw notOurs(path, 'it is no object');
  const fields = content as Record<string, unknown>;
  for (const [name, kind] of Object.entries(kinds)) {
    if (typeof fields[name] !== kind || fields[name] === null) throw notOurs(path, `${name} is not a ${kind}`);
  }
  return fields;
}

function notOurs(path: string, what: string, cause?: unknown): CoreCacheError {
  return new CoreCacheError(
    'CLUSTER_MISMATCH',
    `${path} was not written by CoreCache (${what}); give the cluster a root of its own`,
    { data: { path }, cause },
  );
}
