import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommand } from '../cli/run-command.js';

/** Found in the Python system: it took what stands behind the first dot of a path for the ending of a file. */
it.each(['v1.2', '.hidden', 'a.data', 'dots.and spaces.', 'x.log.d'])(
  'a data directory named %j works',
  async (name) => {
    const directory = mkdtempSync(join(tmpdir(), 'corecache.dot.'));
    try {
      const local = ['--dataDirectory', join(directory, name)];
      expect((await runCommand(['put', 'key', 'value', ...local])).code).toBe(0);
      expect((await runCommand(['get', 'key', ...local])).output.toString()).toBe('value');
      expect((await runCommand(['verify', ...local])).code).toBe(0);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
);
