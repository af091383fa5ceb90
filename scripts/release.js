// Makes release/corecache-<version>.tar.gz: everything that a machine with only Node.js needs to run CoreCache.
//
// Reproducible as far as tar allows: names in order, one time for all files (SOURCE_DATE_EPOCH, otherwise that of the last
// commit), no owners, no time in the gzip header. The production packages are installed anew from the lock file, into the
// staging folder, so that nothing of the working copy's node_modules slips in.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version, files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const name = `corecache-${version}`;
const release = join(root, 'release');
const staging = join(release, name);
const archive = join(release, `${name}.tar.gz`);

rmSync(staging, { recursive: true, force: true });
mkdirSync(staging, { recursive: true });
run('bash', ['-c', '. scripts/prepare.sh; root=$PWD; require_node; prepare']);

for (const file of [...files, 'package.json', 'package-lock.json', '.npmrc']) {
  if (!existsSync(join(root, file))) throw new Error(`${file} belongs to a release and is not there`);
  cpSync(join(root, file), join(staging, file), { recursive: true, filter: isReleased });
}
run('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'], staging);
rmSync(join(staging, 'package-lock.json'));

const time = process.env['SOURCE_DATE_EPOCH'] ?? output('git', ['log', '-1', '--format=%ct']);
const tar = join(release, `${name}.tar`);
run('tar', [
  ...['--sort=name', `--mtime=@${time}`, '--owner=0', '--group=0', '--numeric-owner'],
  ...['-C', release, '-cf', tar, name],
]);
run('gzip', ['-n', '-9', '-f', tar]);
rmSync(staging, { recursive: true, force: true });
console.log(archive);

/** Build records are of this machine, and only the scripts that run a node are of use without the source. */
function isReleased(path) {
  return !/(\.tsbuildinfo|\.js\.map|\.built|scripts\/(release\.js|test\.sh|install_test_zookeeper\.sh))$/.test(path);
}

function run(command, args, folder = root) {
  execFileSync(command, args, { cwd: folder, stdio: ['ignore', 2, 2] });
}

function output(command, args) {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8' }).trim();
}
