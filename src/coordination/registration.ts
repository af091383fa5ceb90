import type { Registration } from './znode-content.js';

/**
 * What a node is to do about what it finds under its own id, `<root>/nodes/<id>`.
 *
 * A node that was killed and started again at once finds the ephemeral node of its former process, which the coordinator
 * keeps until that session times out. May it be removed? The two carry the same storeUuid, so they are processes of the
 * same data directory; a directory is locked for as long as a process has it open, and this process has it open; so the
 * former one is dead, and holds no lease. To wait would be as right, but would cost a session timeout without service. It
 * is removed with the version that was read, in the same transaction that creates the new one.
 *
 * The same holds for a session of this very process that was given up: its roles were laid down with it.
 *
 * If a registration of *this* process has been replaced by that of another with the same storeUuid, then the lock did not
 * keep them apart: the directory was copied. Taking it back would make the two take turns for ever; so the one that came
 * later stays, and the earlier one keeps out.
 *
 * Another storeUuid is another node, or this one before its disk was replaced. While it is alive, the id is taken.
 */
export type RegistrationStep =
  | { readonly kind: 'create' }
  /** It is this session's own. */
  | { readonly kind: 'adopt' }
  /** It is a dead one of ours. */
  | { readonly kind: 'replace'; readonly version: number }
  /** Its store is in use by a later process. */
  | { readonly kind: 'displaced' }
  /** It is another node's, and may be a dead one. */
  | { readonly kind: 'wait' };

export interface FoundRegistration {
  readonly registration: Registration;
  readonly version: number;
  readonly owner: string | undefined;
}

export function registrationStep(
  found: FoundRegistration | undefined,
  self: { readonly storeUuid: string; readonly bootId: string },
  sessionId: string | undefined,
  wasRegistered: boolean,
): RegistrationStep {
  if (found === undefined) return { kind: 'create' };
  const { registration, version, owner } = found;
  if (registration.storeUuid !== self.storeUuid) return { kind: 'wait' };
  if (registration.bootId !== self.bootId) return wasRegistered ? { kind: 'displaced' } : { kind: 'replace', version };
  return owner === sessionId ? { kind: 'adopt' } : { kind: 'replace', version };
}

/**
 * May a candidate in the election be removed by this process, because the one that made it is provably dead? By the same
 * argument: its own of an earlier session always, that of another process of the same data directory only at the start.
 */
export function isDeadCandidate(
  candidate: { readonly storeUuid: string; readonly bootId: string; readonly owner: string | undefined },
  self: { readonly storeUuid: string; readonly bootId: string },
  sessionId: string | undefined,
  isFirstOfProcess: boolean,
): boolean {
  if (candidate.storeUuid !== self.storeUuid || candidate.owner === sessionId) return false;
  return candidate.bootId === self.bootId || isFirstOfProcess;
}
