import { expect, test } from 'vitest';
import { CoreCacheError } from '../../src/base/errors.js';
import type { PendingWrite } from '../../src/store/write/pending-write.js';
import { WriteAdmission, type Admitting } from '../../src/store/write/write-admission.js';

/** A partition that is as writable as the test says, and writes that note that they were turned away. */
class Scene implements Admitting {
  readonly tree: Admitting['tree'] = this;
  isWritable = true;
  inFlightBytes = 0;
  readonly admitted: number[] = [];
  readonly refused: number[] = [];
  readonly gate: WriteAdmission;
  #end: ((error?: Error) => void) | undefined;

  constructor() {
    this.gate = new WriteAdmission(this, 100, (write) => {
      this.admitted.push(write.sequence);
      this.inFlightBytes += 60;
    });
  }

  enter(...numbers: number[]): void {
    for (const sequence of numbers) {
      const write = { sequence, next: undefined, reject: () => this.refused.push(sequence) };
      this.gate.enter(write as unknown as PendingWrite);
    }
  }

  delayEnds(error?: Error): Promise<void> {
    this.isWritable = error === undefined;
    this.#end?.(error);
    return new Promise((resolve) => setImmediate(resolve));
  }

  bytesLeave(): Promise<void> {
    this.inFlightBytes = 0;
    this.gate.roomMade();
    return new Promise((resolve) => setImmediate(resolve));
  }

  untilWritable(): Promise<void> {
    if (this.isWritable) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#end = (error) => {
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }
}

test('an open gate lets writes through in the same call', () => {
  const scene = new Scene();
  scene.enter(1, 2);
  expect(scene.admitted).toEqual([1, 2]);
});

test('nobody overtakes those who wait, also when the gate is open again', async () => {
  const scene = new Scene();
  scene.isWritable = false;
  scene.enter(1);
  scene.isWritable = true;
  scene.enter(2);
  expect(scene.admitted).toEqual([]);
  await scene.delayEnds();
  expect(scene.admitted).toEqual([1, 2]);
});

test('too many bytes in flight hold writes back until some have left', async () => {
  const scene = new Scene();
  scene.enter(1, 2, 3, 4, 5);
  expect(scene.admitted).toEqual([1, 2]);
  expect(scene.gate.waitingCount).toBe(3);
  await scene.bytesLeave();
  expect(scene.admitted).toEqual([1, 2, 3, 4]);
  await scene.bytesLeave();
  expect(scene.admitted).toEqual([1, 2, 3, 4, 5]);
  expect(scene.gate.waitingCount).toBe(0);
});

test('a tree that cannot be written any more turns away who waits, and later ones are tried anew', async () => {
  const scene = new Scene();
  scene.isWritable = false;
  scene.enter(1, 2);
  await scene.delayEnds(new CoreCacheError('DISK_FULL', 'no space'));
  expect(scene.refused).toEqual([1, 2]);
  scene.isWritable = true;
  scene.enter(3);
  expect(scene.admitted).toEqual([3]);
});
