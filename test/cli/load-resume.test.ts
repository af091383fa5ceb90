import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CoreCacheError } from '../../src/base/errors.js';
import { inputFormats } from '../../src/cli/formats/input-format.js';
import { readPieces } from '../../src/cli/formats/piece-splitter.js';
import { Loader } from '../../src/cli/load/loader.js';
import type { Target } from '../../src/cli/target/target.js';
import { SystemClock } from '../../src/env/system-clock.js';
import { runCommand } from './run-command.js';

let directory: string;
let input: string;
let state: string;
let local: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'corecache load.'));
  input = join(directory, 'in.tsv');
  state = `${input}.corecache-load`;
  local = ['--dataDirectory', join(directory, 'data')];
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const lines = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, i) => `key-${String(i + from).padStart(6, '0')}\t${i + from}\n`).join('');

/** A load of the first lines that is interrupted while its input goes on. */
async function interruptedLoad(): Promise<void> {
  const interruption = new AbortController();
  const chunks = (function* () {
    for (let from = 0; from < 200; from += 10) {
      if (from === 100) interruption.abort('SIGINT');
      yield Buffer.from(lines(10, from));
    }
  })();
  // Each chunk is asked for when the one before is used, but for one that is read ahead.
  const input = Readable.from(chunks, { highWaterMark: 1 });
  const flags = ['--format', 'tsv', '--resume', state, '--concurrency', '1'];
  const { code } = await runCommand(['load', ...flags, ...local], { stream: input, interrupted: interruption.signal });
  expect(code).toBe(130);
}

describe('an interrupted load', () => {
  it('goes on behind what was acknowledged, and leaves no state at its end', async () => {
    await interruptedLoad();
    writeFileSync(input, lines(200));
    const { output } = await runCommand(['load', input, '--json', ...local]);
    const report = JSON.parse(output.toString()) as { resumed: number; loaded: number };
    expect(report.loaded).toBe(200);
    expect(report.resumed).toBeGreaterThan(0);
    expect(existsSync(state)).toBe(false);
    expect((await runCommand(['scan', ...local])).output.toString()).toBe(lines(200));
  });

  it('refuses to go on with an input that has changed before that place', async () => {
    await interruptedLoad();
    writeFileSync(input, `another\t1\n${lines(200)}`);
    const { code, messages } = await runCommand(['load', input, ...local]);
    expect(code).toBe(2);
    expect(messages).toContain('has changed since its load was interrupted');
  });

  it('notices a change that moves nothing', async () => {
    await interruptedLoad();
    writeFileSync(input, lines(200).replace('key-000003', 'kez-000003'));
    expect((await runCommand(['load', input, ...local])).messages).toContain('has changed');
  });

  it('refuses to go on with a shorter input, and begins from the start when told to', async () => {
    await interruptedLoad();
    writeFileSync(input, lines(3));
    expect((await runCommand(['load', input, ...local])).code).toBe(2);
    const { output } = await runCommand(['load', input, '--restart', '--json', ...local]);
    expect(JSON.parse(output.toString())).toMatchObject({ loaded: 3, resumed: 0 });
  });

  it('refuses to go on into another target', async () => {
    await interruptedLoad();
    writeFileSync(input, lines(200));
    const { messages } = await runCommand(['load', input, '--dataDirectory', join(directory, 'other')]);
    expect(messages).toContain('is of a load with target');
    expect(readFileSync(state, 'utf8')).toContain('"offset"');
  });
});

describe('the position of a load', () => {
  it('is the end of the unbroken run of acknowledged records, in whatever order they are acknowledged', async () => {
    const answers = new Map<string, { done: () => void; fail: (error: Error) => void }>();
    let arrived = (): void => undefined;
    const target = {
      put: (key: Uint8Array) =>
        new Promise((resolve, reject) => {
          answers.set(Buffer.from(key).toString(), { done: () => resolve({ etag: '', created: true }), fail: reject });
          if (answers.size === 3) arrived();
        }),
    } as unknown as Target;
    const allThere = new Promise<void>((resolve) => (arrived = resolve));
    const loader = new Loader(target, new SystemClock(), {
      format: inputFormats.tsv,
      concurrency: 3,
      batchSize: 1,
      onRefused: () => undefined,
    });
    const chunks = (async function* () {
      await Promise.resolve();
      yield Buffer.from('a\t1\nb\t2\nc\t3\n');
    })();
    const ended = loader.run(readPieces(chunks, 'line'), new AbortController().signal, () => Promise.resolve());
    await allThere;
    answers.get('c')!.done();
    answers.get('b')!.fail(new CoreCacheError('NO_LEADER', 'gone'));
    answers.get('a')!.done();
    await expect(ended).rejects.toThrow('gone');
    expect(loader.position).toMatchObject({ offset: 4, loaded: 1 });
  });
});

describe('records with one key', () => {
  it('are never in flight together', async () => {
    const inFlight: string[] = [];
    let together = 0;
    const target = {
      put: async (key: Uint8Array) => {
        const text = Buffer.from(key).toString();
        if (inFlight.includes(text)) together++;
        inFlight.push(text);
        await new Promise((resolve) => setImmediate(resolve));
        inFlight.splice(inFlight.indexOf(text), 1);
        return { etag: '', created: true };
      },
    } as unknown as Target;
    const options = { format: inputFormats.tsv, concurrency: 8, batchSize: 1, onRefused: () => undefined };
    const loader = new Loader(target, new SystemClock(), options);
    const chunks = (async function* () {
      await Promise.resolve();
      yield Buffer.from('a\t1\nb\t1\na\t2\na\t3\nb\t2\n');
    })();
    await loader.run(readPieces(chunks, 'line'), new AbortController().signal, () => Promise.resolve());
    expect(together).toBe(0);
    expect(loader.position.loaded).toBe(5);
  });
});
