import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Installation, repositoryRoot, urlIn } from './installation.js';

it('a release runs where there is Node.js and nothing else', { timeout: 300_000 }, async () => {
  const archive = execFileSync(process.execPath, [join(repositoryRoot, 'scripts', 'release.js')], {
    encoding: 'utf8',
    env: { ...process.env, CORECACHE_SKIP_BUILD: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
  const installation = new Installation('unpacked v0.1');
  try {
    mkdirSync(installation.home);
    execFileSync('tar', ['-xzf', archive, '-C', installation.home, '--strip-components=1']);
    const url = urlIn(await installation.run('start_server.sh', ['--port', '0', '--dataDirectory', 'd.a t.a']));
    expect((await fetch(`${url}/v1/kv/a`, { method: 'PUT', body: 'released' })).status).toBe(201);
    expect(await (await fetch(`${url}/v1/kv/a`)).text()).toBe('released');
    expect((await installation.run('stop_server.sh')).output).toContain('stopped the node');
  } finally {
    await installation.remove();
  }
});
