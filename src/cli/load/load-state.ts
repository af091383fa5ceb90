import { CoreCacheError } from '../../base/errors.js';
import type { FileSystem } from '../../env/file-system.js';
import { writeFileWhole } from '../write-file-whole.js';
import type { LoadPosition } from './load-position.js';

const STATE_FORMAT = 1;

/** What a position is worth something for: resuming elsewhere would leave out what is not there. */
export interface LoadIdentity {
  /** The URL or directory loaded into. */
  readonly target: string;
  readonly inputFormat: string;
}

/**
 * Where an interrupted load goes on, in a small file beside its input. Only the acknowledged beginning of the input counts,
 * so what is loaded again after a crash is at most what was in flight or acknowledged since the file was last written:
 * the same records in the same order, which changes nothing.
 */
export class LoadStateFile {
  readonly path: string;
  readonly #fileSystem: FileSystem;
  readonly #identity: LoadIdentity;

  constructor(fileSystem: FileSystem, path: string, identity: LoadIdentity) {
    this.path = path;
    this.#fileSystem = fileSystem;
    this.#identity = identity;
  }

  /** `undefined` when there is none. @throws CoreCacheError `INVALID_ARGUMENT` when it is of another load */
  async read(): Promise<LoadPosition | undefined> {
    if (!(await this.#fileSystem.exists(this.path))) return undefined;
    const text = Buffer.from(await this.#fileSystem.readFile(this.path)).toString('utf8');
    const state = parseState(text);
    if (state === undefined) throw this.#refusal('is not the state of a load');
    for (const name of ['target', 'inputFormat'] as const) {
      if (state[name] !== this.#identity[name]) {
        throw this.#refusal(`is of a load with ${name} ${state[name]}, not ${this.#identity[name]}`);
      }
    }
    const { offset, checksum, loaded, refused, expired } = state;
    return { offset, checksum, loaded, refused, expired };
  }

  async write(position: LoadPosition): Promise<void> {
    const state = { format: STATE_FORMAT, ...this.#identity, ...position };
    await writeFileWhole(this.#fileSystem, this.path, Buffer.from(`${JSON.stringify(state)}\n`));
  }

  async remove(): Promise<void> {
    if (await this.#fileSystem.exists(this.path)) await this.#fileSystem.remove(this.path);
  }

  #refusal(what: string): CoreCacheError {
    return new CoreCacheError('INVALID_ARGUMENT', `${this.path} ${what}; --restart begins from the start`);
  }
}

function parseState(text: string): (LoadIdentity & LoadPosition) | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const state = parsed as Readonly<Record<string, unknown>> | null;
  const numbers = ['offset', 'checksum', 'loaded', 'refused', 'expired'];
  const isState =
    typeof state === 'object' &&
    state?.['format'] === STATE_FORMAT &&
    numbers.every((name) => Number.isSafeInteger(state[name])) &&
    ['target', 'inputFormat'].every((name) => typeof state[name] === 'string');
  return isState ? (parsed as LoadIdentity & LoadPosition) : undefined;
}
