import { fileSystemError } from '../system-error.js';

/** What a call of a file system is called in rules. Synchronous and asynchronous forms have one name. */
export type FileOperation =
  | 'makeDirectory'
  | 'list'
  | 'exists'
  | 'sizeOf'
  | 'readFile'
  | 'read'
  | 'map'
  | 'open'
  | 'create'
  | 'write'
  | 'sync'
  | 'close'
  | 'remove'
  | 'removeTree'
  | 'rename'
  | 'link'
  | 'truncate'
  | 'syncDirectory'
  | 'freeBytes'
  | 'lock';

/** Which calls a rule is for. Every part that is given must hold. */
export interface FaultMatch {
  readonly operation?: FileOperation | readonly FileOperation[];
  /** Tested against the whole path. */
  readonly path?: RegExp;
  /** Only this one of the calls that the other parts match, counted from 1. */
  readonly call?: number;
  /** This one and all after it. */
  readonly fromCall?: number;
}

type Effect =
  | { readonly type: 'fail'; readonly systemCode: string }
  | { readonly type: 'short write'; readonly bytes: number; readonly systemCode: string }
  | { readonly type: 'flip'; readonly offset: number; readonly mask: number };

/**
 * One rule: which calls, and what befalls them. It counts the calls that it matches, so it serves one test. Printable, for
 * names of tests.
 */
export class Fault {
  readonly effect: Effect;
  readonly #match: FaultMatch;
  #matched = 0;
  #struck = 0;

  private constructor(match: FaultMatch, effect: Effect) {
    this.#match = match;
    this.effect = effect;
  }

  /** The call does nothing and fails: `ENOSPC` gives `DISK_FULL`, another system code `IO`. */
  static fail(match: FaultMatch, systemCode = 'EIO'): Fault {
    return new Fault(match, { type: 'fail', systemCode });
  }

  /** A write leaves its first bytes in the file and fails. */
  static shortWrite(match: FaultMatch, bytes: number, systemCode = 'ENOSPC'): Fault {
    return new Fault({ operation: 'write', ...match }, { type: 'short write', bytes, systemCode });
  }

  /** What is read has the bits of `mask` flipped in the byte at `offset` of the file. The file itself stays as it is. */
  static flip(match: FaultMatch, offset: number, mask = 1): Fault {
    return new Fault({ operation: ['read', 'readFile', 'map'], ...match }, { type: 'flip', offset, mask });
  }

  /** How many calls it has struck. */
  get struck(): number {
    return this.#struck;
  }

  /** Counts the call when it matches; true when it is to be struck. */
  strikes(operation: FileOperation, path: string): boolean {
    const { operation: wanted, path: pattern, call, fromCall } = this.#match;
    if (wanted !== undefined && (typeof wanted === 'string' ? wanted !== operation : !wanted.includes(operation))) {
      return false;
    }
    if (pattern !== undefined && !pattern.test(path)) return false;
    this.#matched++;
    if (call !== undefined && this.#matched !== call) return false;
    if (fromCall !== undefined && this.#matched < fromCall) return false;
    this.#struck++;
    return true;
  }

  errorFor(operation: FileOperation, path: string): Error {
    return fileSystemError(operation, path, this.effect.type === 'flip' ? 'EIO' : this.effect.systemCode);
  }

  toString(): string {
    const { operation, path, call, fromCall } = this.#match;
    const calls = [operation === undefined ? 'any call' : [operation].flat().join(' or ')];
    if (path !== undefined) calls.push(`of ${path.toString()}`);
    if (call !== undefined) calls.push(`number ${call}`);
    if (fromCall !== undefined) calls.push(`from number ${fromCall}`);
    return `${calls.join(' ')}: ${this.#describeEffect()}`;
  }

  #describeEffect(): string {
    const { effect } = this;
    if (effect.type === 'fail') return effect.systemCode;
    if (effect.type === 'short write') return `${effect.systemCode} after ${effect.bytes} bytes`;
    return `bits 0x${effect.mask.toString(16)} flipped at ${effect.offset}`;
  }
}
