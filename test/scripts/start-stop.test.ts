import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Installation, urlIn } from './installation.js';

let installation: Installation;
beforeEach(() => {
  installation = Installation.fromCheckout();
});
afterEach(async () => {
  await installation.remove();
});

describe('start_server.sh and stop_server.sh, from another folder and on paths with spaces and dots', () => {
  it('start a node that serves, name its files, stop it, and find its data again', async () => {
    const flags = ['--port', '0', '--dataDirectory', 'my data/v1.2'];
    const started = await installation.run('start_server.sh', flags);
    expect(started.messages).toBe('');
    const url = urlIn(started);
    const port = new URL(url).port;
    const run = join(installation.home, 'data', 'run');
    expect(started.output).toContain(join(run, `${port}.log`));
    expect(readFileSync(join(run, `${port}.log`), 'utf8')).toContain('node started');
    expect((await fetch(`${url}/v1/kv/a`, { method: 'PUT', body: 'kept' })).status).toBe(201);
    // A relative directory is meant from where the caller is.
    expect(existsSync(join(installation.directory, 'my data', 'v1.2', 'IDENTITY'))).toBe(true);

    const stopped = await installation.run('stop_server.sh', ['--port', port]);
    expect(stopped).toMatchObject({ code: 0, output: `stopped the node on port ${port}\n` });
    expect(existsSync(join(run, `${port}.pid`))).toBe(false);
    const again = urlIn(await installation.run('start_server.sh', flags));
    expect(await (await fetch(`${again}/v1/kv/a`)).text()).toBe('kept');
  });

  it('a second start on the same data directory fails and says why; the first goes on', async () => {
    const flags = ['--port', '0', '--dataDirectory', 'data.d'];
    const url = urlIn(await installation.run('start_server.sh', flags));
    const second = await installation.run('start_server.sh', flags);
    expect(second.code).toBe(1);
    expect(second.messages).toContain('is open already');
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  it('several nodes run beside each other, and stop together', async () => {
    const results = await Promise.all(
      ['one', 'two'].map((name) => installation.run('start_server.sh', ['--port', '0', '--dataDirectory', name])),
    );
    expect(new Set(results.map(urlIn)).size).toBe(2);
    const stopped = await installation.run('stop_server.sh');
    expect(stopped.output.match(/stopped the node/g)).toHaveLength(2);
    expect((await installation.run('stop_server.sh')).output).toBe('no node is running\n');
  });

  it('a wrong setting ends the start with its reason', async () => {
    const { code, messages } = await installation.run('start_server.sh', ['--port', '0', '--memtableBytesMx', '1MiB']);
    expect(code).toBe(1);
    expect(messages).toContain('did you mean --memtableBytesMax?');
  });

  it('a pid file whose process is another by now stops nothing', async () => {
    const url = urlIn(await installation.run('start_server.sh', ['--port', '0', '--dataDirectory', 'd']));
    await installation.run('stop_server.sh');
    const pidFile = join(installation.home, 'data', 'run', `${new URL(url).port}.pid`);
    writeFileSync(pidFile, `${process.pid}\n`);
    expect((await installation.run('stop_server.sh')).output).toContain('had ended already');
  });

  it('an old Node.js is refused with what is needed', async () => {
    writeFileSync(join(installation.directory, 'node'), '#!/bin/sh\n[ "$1" = -p ] && echo 18.0.0 && exit\nexit 1\n', {
      mode: 0o755,
    });
    const { code, messages } = await installation.run('start_server.sh', [], {
      PATH: `${installation.directory}:/usr/bin:/bin`,
    });
    expect(code).toBe(1);
    expect(messages).toContain('Node.js 20.19.0 or newer is needed; this is 18.0.0');
  });
});
