import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { compiledModule } from '../../src/env/worker-thread.js';
import { pairOf } from '../../src/base/pair-of.js';

const SOURCE = new URL('../../src/base/pair-of.ts', import.meta.url).href;
/** A young generation that is soon as large as it may be, for V8 decides then; and what V8 decides, on the output. */
const FLAGS = [
  '--expose-gc',
  '--min-semi-space-size=1',
  '--max-semi-space-size=1',
  '--trace-pretenuring-statistics',
  '--input-type=module',
];

it('a pair is an ordinary array of two', () => {
  const pair = pairOf('a', 1);
  expect(pair).toEqual(['a', 1]);
  expect(Array.isArray(pair)).toBe(true);
  expect(pairOf('a', 1)).not.toBe(pair);
});

it('pairs that live through collections do not make old objects of the next ones', async () => {
  const program = `
    const { copyOfPair } = await import('${compiledModule(SOURCE, './bytes.js').href}');
    const bytes = new Uint8Array(8);
    for (let round = 0; round < 20; round++) {
      const kept = [];
      for (let i = 0; i < 2000; i++) kept.push(copyOfPair(bytes, 0, 4, bytes, 4, 8));
      gc({ type: 'minor' });
    }
    console.log('done');`;
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, '-e', program], { maxBuffer: 1 << 26 });
  expect(stdout).toContain('done');
  // With `[…]` in place of `pairOf` it is decided in each of the rounds.
  expect(stdout).not.toContain('=> tenure');
});
