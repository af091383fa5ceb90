import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ScriptResult {
  readonly code: number;
  readonly output: string;
  readonly messages: string;
}

/** A folder with an odd name that holds what an unpacked release holds, so that the scripts run without installing. */
export class Installation {
  readonly directory = mkdtempSync(join(tmpdir(), 'core cache v0.1.'));
  readonly home: string;

  constructor(home = 'in.stalled here') {
    this.home = join(this.directory, home);
  }

  /** Out of what is built here. */
  static fromCheckout(): Installation {
    const installation = new Installation();
    mkdirSync(installation.home);
    for (const name of ['dist', 'scripts', 'settings.toml', 'package.json']) {
      cpSync(join(root, name), join(installation.home, name), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(installation.home, 'node_modules'));
    return installation;
  }

  run(script: string, args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): Promise<ScriptResult> {
    const path = join(this.home, 'scripts', script);
    // Only node and the tools of the system: no npm.
    const env = { PATH: `${this.#onlyNode()}:/usr/bin:/bin`, HOME: this.directory, ...environment };
    return new Promise((resolve) => {
      execFile(
        '/bin/bash',
        [path, ...args],
        { cwd: this.directory, env, encoding: 'utf8' },
        (error, output, messages) => resolve({ code: error === null ? 0 : Number(error.code ?? 1), output, messages }),
      );
    });
  }

  async remove(): Promise<void> {
    await this.run('stop_server.sh');
    rmSync(this.directory, { recursive: true, force: true });
  }

  #onlyNode(): string {
    const bin = join(this.directory, 'bin');
    mkdirSync(bin, { recursive: true });
    try {
      symlinkSync(process.execPath, join(bin, 'node'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    return bin;
  }
}

export function urlIn({ output, messages }: ScriptResult): string {
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
  if (url === undefined) throw new Error(`no URL in:\n${output}\n${messages}`);
  return url;
}

export const repositoryRoot = dirname(join(root, 'package.json'));
