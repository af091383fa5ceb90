import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
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

/** Starts the process, reads what it tells, and kills it: mostly while it writes, sometimes while it opens. */
async function oneLife(child: string, expectation: KillExpectation, random: Random): Promise<Life> {
  const packageUrl = new URL('../../dist/corecache.js', import.meta.url).href;
  const started = spawn(
    process.execPath,
    [child, packageUrl, join(parent, 'database'), String(expectation.nextNumber)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(started, 'exit');
  const killIn = (delayMs: number): void => void setTimeout(() => started.kill('SIGKILL'), delayMs);
  const killsWhileOpening = random.chance(0.1);
  if (killsWhileOpening) killIn(random.below(200));

  const found = new Map<string, string>();
  const problems: string[] = [];
  let acknowledged = 0;
  for await (const line of createInterface({ input: started.stdout })) {
    const [word, ...rest] = line.split(' ');
    if (word === 'holds') found.set(rest[0]!, rest[1]!);
    else if (word === 'ready') {
      problems.push(...expectation.settle(found));
      if (!killsWhileOpening) killIn(random.below(120));
    } else if (word === 'wrote') {
      expectation.acknowledge(Number(rest[0]));
      acknowledged++;
    } else problems.push(line);
  }
  const [code, signal] = (await exited) as [number | null, string | null];
  if (signal !== 'SIGKILL') problems.push(`the process ended by itself with ${code ?? signal}`);
  return { problems, acknowledged };
}
