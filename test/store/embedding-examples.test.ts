import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const packageUrl = new URL('../../dist/corecache.js', import.meta.url).href;
const page = await readFile(new URL('../../docs/embedding.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1]!);

/** What an example says it prints: the comments behind its lines that print one plain line. */
const printed: readonly RegExp[] = [
  /^hello$/m,
  /^true$/m,
  /^103 1412\nlater wins$/m,
  /^10$/m,
  /^42n 42$/m,
  /^ben\nbert\nbert 3\n4\n\[ 'anna', 'ben' \]\n\[ true, false, true \]$/m,
  /^\[\]$/m,
  /^\[ 'is missing' \]\n\[\]\nv$/m,
];

test('there are examples', () => {
  expect(examples).toHaveLength(printed.length);
});

for (const [index, example] of examples.entries()) {
  test(`example ${index + 1} of docs/embedding.md runs and prints what it says`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'corecache-example-'));
    const program = join(directory, 'example.mjs');
    await writeFile(program, example.replace("from 'corecache'", `from '${packageUrl}'`));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { cwd: directory });
    expect(stderr).toBe('');
    expect(stdout).toMatch(printed[index]!);
    await rm(directory, { recursive: true });
  });
}
