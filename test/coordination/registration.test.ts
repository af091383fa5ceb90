import { describe, expect, it } from 'vitest';
import { isDeadCandidate, registrationStep } from '../../src/coordination/registration.js';

const self = { storeUuid: 'mine', bootId: 'now' };

function step(storeUuid: string, bootId: string, owner: string, wasRegistered = false): string {
  const registration = { storeUuid, bootId, addresses: { http: '' }, version: '1' };
  return registrationStep({ registration, version: 4, owner }, self, 'this session', wasRegistered).kind;
}

describe('what a node does about what it finds under its id', () => {
  it('nothing there: create', () => {
    expect(registrationStep(undefined, self, 'this session', false)).toEqual({ kind: 'create' });
  });
  it('its own, of this session: keep', () => {
    expect(step('mine', 'now', 'this session')).toBe('adopt');
  });
  it('its own, of a session that was given up: replace', () => {
    expect(step('mine', 'now', 'earlier session', true)).toBe('replace');
  });
  it('of its former process: replace, with the version read', () => {
    const registration = { storeUuid: 'mine', bootId: 'before', addresses: { http: '' }, version: '1' };
    const found = { registration, version: 4, owner: 'x' };
    expect(registrationStep(found, self, 'this session', false)).toEqual({ kind: 'replace', version: 4 });
  });
  it('of a later process on the same data: keep out', () => {
    expect(step('mine', 'later', 'x', true)).toBe('displaced');
  });
  it('of other data: wait', () => {
    expect(step('theirs', 'x', 'x')).toBe('wait');
  });
});

describe('whose place in the election a node may remove', () => {
  const dead = (storeUuid: string, bootId: string, owner: string, isFirstOfProcess: boolean): boolean =>
    isDeadCandidate({ storeUuid, bootId, owner }, self, 'this session', isFirstOfProcess);

  it('that of its former process, when it starts', () => {
    expect(dead('mine', 'before', 'x', true)).toBe(true);
  });
  it('not that of another process later on', () => {
    expect(dead('mine', 'later', 'x', false)).toBe(false);
  });
  it('its own of an earlier session', () => {
    expect(dead('mine', 'now', 'earlier session', false)).toBe(true);
  });
  it('not its own of this session', () => {
    expect(dead('mine', 'now', 'this session', true)).toBe(false);
  });
  it('never that of other data', () => {
    expect(dead('theirs', 'x', 'x', true)).toBe(false);
  });
});
