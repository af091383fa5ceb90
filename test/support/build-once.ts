import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Worker threads and child processes run the compiled code, so it is built before the first test.
 * `CORECACHE_SKIP_BUILD=1` leaves out the build when `dist/` is known to be fresh.
 */
export default function buildOnce(): void {
  if (process.env['CORECACHE_SKIP_BUILD'] === '1') return;
  const root = fileURLToPath(new URL('../..', import.meta.url));
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
}
