import { arch, cpus, release, type } from 'node:os';

/** Node.js, processor and system, to be printed beside the results. */
export function describeMachine(): string {
  return `Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? arch()}, ${type()} ${release()}`;
}
