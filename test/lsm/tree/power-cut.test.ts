import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { keepAll, keepNone, keepSome } from '../../../src/env/simulated/crash-choice.js';
import { DIRECTORY, TreeUnderTest } from './tree-under-test.js';

const options = {
  memtableRecordsMax: 5,
  tableBytesMax: 300,
  levelBytesBase: 600,
  level0TablesCompact: 2,
  levelRatio: 2,
};
const RECORDS = 30;

/**
 * Records 1 … 30, one put or delete each, flushed every five and compacted meanwhile. What a tree must hold after a cut is
 * exactly the state after its flushed sequence, and that sequence must not be below what was reported as flushed: for
 * the log had let it go.
 */
async function workload(fileSystem: CrashableFileSystem): Promise<number> {
  let reported = 0;
  try {
    const subject = await TreeUnderTest.open({ fileSystem, options });
    for (let sequence = 1; sequence <= RECORDS; sequence++) {
      record(subject, sequence);
      if (sequence % 5 === 0) {
        await subject.tree.flush();
        reported = sequence;
      }
    }
    await subject.tree.compact();
    await subject.close();
  } catch (error) {
    if (!fileSystem.isPowerCut) throw error;
  }
  return reported;
}

/** With the directory in which the tree is made, on the device for good. */
async function newDisk(): Promise<CrashableFileSystem> {
  const fileSystem = new CrashableFileSystem();
  await fileSystem.makeDirectory(dirname(DIRECTORY));
  await fileSystem.syncDirectory('/');
  return fileSystem;
}

function record(subject: TreeUnderTest, sequence: number): void {
  const key = keyOf(sequence);
  if (sequence % 4 === 0) subject.delete(key);
  else subject.put(key, `value ${sequence} `.repeat(4));
}

function keyOf(sequence: number): string {
  return `key${10 + ((sequence * 7) % 20)}`;
}

function stateAfter(sequence: number): string[] {
  const state = new Map<string, string>();
  for (let i = 1; i <= sequence; i++) {
    const key = keyOf(i);
    if (i % 4 === 0) state.delete(key);
    else state.set(key, `value ${i} `.repeat(4));
  }
  return [...state].map(([key, value]) => `${key}=${value}`).sort();
}

const choices = [keepNone, keepAll, keepSome(1), keepSome(2, { pieceBytes: 1 })];

describe('a power cut at every call of a tree that flushes and compacts', () => {
  for (const choice of choices) {
    it(`keeping ${choice.name} of what was not synced`, { timeout: 120_000 }, async () => {
      const whole = await newDisk();
      const callsBefore = whole.callCount;
      await workload(whole);
      expect(whole.callCount).toBeGreaterThan(100);
      for (let call = callsBefore + 1; call <= whole.callCount; call++) {
        const fileSystem = await newDisk();
        fileSystem.cutPowerAt(call);
        const reported = await workload(fileSystem);
        const afterwards = fileSystem.crash(choice);
        const subject = await TreeUnderTest.open({ fileSystem: afterwards, options });
        const at = `cut at call ${call}`;
        expect(subject.tree.flushedSequence, at).toBeGreaterThanOrEqual(reported);
        expect(subject.scan(), at).toEqual(stateAfter(subject.tree.flushedSequence));
        // It goes on from there, and what the cut left behind is not in the way.
        for (let next = subject.tree.lastSequence + 1; next <= RECORDS; next++) record(subject, next);
        await subject.tree.compact();
        expect(subject.scan(), at).toEqual(stateAfter(RECORDS));
        expect(subject.failures, at).toEqual([]);
        await subject.close();
      }
    });
  }
});
