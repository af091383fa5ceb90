import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const entryUrl = new URL('../../dist/level.js', import.meta.url).href;
const page = await readFile(new URL('../../docs/level.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1]!);

const printed = ['ben 23\ncarl 35\n', "[ 'a', 'b', 'order' ]\n", '[]\nopening v\n'];

test('there are examples', () => {
  expect(examples).toHaveLength(printed.length);
});

for (const [index, example] of examples.entries()) {
  test(`example ${index + 1} of docs/level.md runs and prints what it says`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'corecache-example-'));
    const program = join(directory, 'example.mjs');
    await writeFile(program, example.replace("from 'corecache/level'", `from '${entryUrl}'`));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { cwd: directory });
    expect(stderr).toBe('');
    expect(stdout).toBe(printed[index]);
    await rm(directory, { recursive: true });
  });
}
