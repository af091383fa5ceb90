import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Random } from '../support/random.js';
import { compileChild } from '../support/compile-child.js';
import { KillExpectation } from './kill-expectation.js';

const ROUNDS = 100;
const SEED = 20260;

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'corecache-kill-'));
});
afterEach(() => rm(parent, { recursive: true }));

test(`${ROUNDS} rounds of kill -9 lose no acknowledged write and invent nothing`, { timeout: 300_000 }, async () => {
  const sources = ['kill-child.ts', 'kill-workload.ts'].map((name) => new URL(name, import.meta.url));
  const child = await compileChild(join(parent, 'program'), sources);
  const expectation = new KillExpectation();
  const random = new Random(SEED);
  let acknowledged = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const outcome = await oneLife(child, expectation, random);
    acknowledged += outcome.acknowledged;
    expect(outcome.problems, `round ${round}, seed ${SEED}`).toEqual([]);
  }
  expect(acknowledged).toBeGreaterThan(ROUNDS);
});

interface Life {
  readonly problems: string[];
  readonly acknowledged: number;
}

/** Starts the process, kills it, mostly while it writes, sometimes while it opens, and reads what it told. */
async function oneLife(child: string, expectation: KillExpectation, random: Random): Promise<Life> {
  const packageUrl = new URL('../../dist/corecache.js', import.meta.url).href;
  const report = join(parent, 'report');
  const given = [packageUrl, join(parent, 'database'), String(expectation.nextNumber), report];
  const started = spawn(process.execPath, [child, ...given], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(started, 'exit');
  const killIn = (delayMs: number): void => void setTimeout(() => started.kill('SIGKILL'), delayMs);
  if (random.chance(0.1)) killIn(random.below(200));
  else started.stdout.once('data', () => killIn(random.below(100)));
  const [code, signal] = (await exited) as [number | null, string | null];

  const problems = signal === 'SIGKILL' ? [] : [`the process ended by itself with ${code ?? signal ?? 'nothing'}`];
  const found = new Map<string, string>();
  let acknowledged = 0;
  for (const line of (await readFile(report, 'utf8').catch(() => '')).split('\n').slice(0, -1)) {
    const [word, subject, value] = line.split(' ') as [string, string, string];
    if (word === 'holds') found.set(subject, value);
    else if (word === 'ready') problems.push(...expectation.settle(found));
    else if (word === 'wrote') {
      expectation.acknowledge(Number(subject));
      acknowledged++;
    } else if (word === 'counted') expectation.counted(Number(subject));
    else problems.push(line);
  }
  await rm(report, { force: true });
  return { problems, acknowledged };
}
