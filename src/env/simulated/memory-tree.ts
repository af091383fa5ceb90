import { basename, dirname, join, resolve } from 'node:path';
import { fileSystemError } from '../system-error.js';
import { MemoryFile } from './memory-files.js';
import type { CrashChoice } from './crash-choice.js';

/**
 * Directories and files in memory, each directory twice: as programs see it, and as of its last sync.
 */
export class MemoryTree {
  readonly #root: MemoryDirectory;

  constructor(root = new MemoryDirectory()) {
    this.#root = root;
  }

  exists(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  /** The parents of a new directory are durable when it is: callers sync what they made. */
  makeDirectory(path: string): void {
    let directory = this.#root;
    for (const name of partsOf(path)) {
      let next = directory.entries.get(name);
      if (next === undefined) {
        next = new MemoryDirectory();
        directory.entries.set(name, next);
      }
      if (!(next instanceof MemoryDirectory)) throw fileSystemError('makeDirectory', path, 'EEXIST');
      directory = next;
    }
  }

  list(path: string): string[] {
    return [...this.#directory(path, 'list').entries.keys()].sort();
  }

  file(path: string, operation: string): MemoryFile {
    const found = this.#find(path);
    if (found === undefined) throw fileSystemError(operation, path, 'ENOENT');
    if (found instanceof MemoryDirectory) throw fileSystemError(operation, path, 'EISDIR');
    return found;
  }

  create(path: string): MemoryFile {
    const { entries } = this.#directory(dirname(path), 'open', path);
    if (entries.has(basename(path))) throw fileSystemError('open', path, 'EEXIST');
    const file = new MemoryFile();
    entries.set(basename(path), file);
    return file;
  }

  remove(path: string): void {
    this.file(path, 'remove');
    this.#directory(dirname(path), 'remove').entries.delete(basename(path));
  }

  removeTree(path: string): void {
    if (this.exists(path)) this.#directory(dirname(path), 'removeTree').entries.delete(basename(path));
  }

  rename(from: string, to: string): void {
    const node = this.#find(from);
    if (node === undefined) throw fileSystemError('rename', from, 'ENOENT');
    const source = this.#directory(dirname(from), 'rename', from);
    const target = this.#directory(dirname(to), 'rename', to);
    const replaced = target.entries.get(basename(to));
    if (replaced instanceof MemoryDirectory && (replaced.entries.size > 0 || !(node instanceof MemoryDirectory))) {
      throw fileSystemError('rename', from, node instanceof MemoryDirectory ? 'ENOTEMPTY' : 'EISDIR');
    }
    source.entries.delete(basename(from));
    target.entries.set(basename(to), node);
    // A rename inside one directory is one change: both names change, or neither.
    if (source === target) source.pairs.set(basename(from), basename(to));
  }

  link(from: string, to: string): void {
    const file = this.file(from, 'link');
    const { entries } = this.#directory(dirname(to), 'link', to);
    if (entries.has(basename(to))) throw fileSystemError('link', to, 'EEXIST');
    entries.set(basename(to), file);
  }

  syncDirectory(path: string): void {
    this.#directory(path, 'syncDirectory').sync();
  }

  freeBytes(path: string): number {
    if (!this.exists(path)) throw fileSystemError('freeBytes', path, 'ENOENT');
    return 2 ** 40;
  }

  crash(choice: CrashChoice): MemoryTree {
    const survivors = new Map<MemoryFile, MemoryFile>();
    const crashDirectory = (directory: MemoryDirectory, path: string): MemoryDirectory => {
      const entries = new Map<string, MemoryNode>();
      for (const [name, node] of directory.survivingEntries(path, choice)) {
        const nodePath = join(path, name);
        if (node instanceof MemoryDirectory) {
          entries.set(name, crashDirectory(node, nodePath));
        } else {
          // One file may have several names.
          const survivor = survivors.get(node) ?? node.crash(nodePath, choice);
          survivors.set(node, survivor);
          entries.set(name, survivor);
        }
      }
      return new MemoryDirectory(entries);
    };
    return new MemoryTree(crashDirectory(this.#root, '/'));
  }

  #find(path: string): MemoryNode | undefined {
    let node: MemoryNode | undefined = this.#root;
    for (const name of partsOf(path)) {
      if (!(node instanceof MemoryDirectory)) return undefined;
      node = node.entries.get(name);
    }
    return node;
  }

  #directory(path: string, operation: string, subject = path): MemoryDirectory {
    const found = this.#find(path);
    if (found === undefined) throw fileSystemError(operation, subject, 'ENOENT');
    if (!(found instanceof MemoryDirectory)) throw fileSystemError(operation, subject, 'ENOTDIR');
    return found;
  }
}

type MemoryNode = MemoryFile | MemoryDirectory;

class MemoryDirectory {
  readonly entries: Map<string, MemoryNode>;
  /** Renames inside this directory since its last sync, old name to new. */
  readonly pairs = new Map<string, string>();
  #synced: Map<string, MemoryNode>;

  constructor(entries = new Map<string, MemoryNode>()) {
    this.entries = entries;
    this.#synced = new Map(entries);
  }

  sync(): void {
    this.#synced = new Map(this.entries);
    this.pairs.clear();
  }

  /** The synced entries, with each change since then made or not as `choice` says. */
  survivingEntries(path: string, choice: CrashChoice): Map<string, MemoryNode> {
    const surviving = new Map(this.#synced);
    const decided = new Map<string, boolean>();
    for (const name of [...new Set([...this.#synced.keys(), ...this.entries.keys()])].sort()) {
      const now = this.entries.get(name);
      if (now === this.#synced.get(name)) continue;
      const partners = this.#renamedWith(name);
      const keeps = decided.get(partners[0]!) ?? choice.keepsName(path, name);
      for (const partner of partners) decided.set(partner, keeps);
      if (!keeps) continue;
      if (now === undefined) surviving.delete(name);
      else surviving.set(name, now);
    }
    return surviving;
  }

  /** All names that renames since the last sync tie to this one, itself included, in one fixed order. */
  #renamedWith(name: string): string[] {
    const tied = new Set([name]);
    for (let before = 0; before !== tied.size;) {
      before = tied.size;
      for (const [from, to] of this.pairs) {
        if (tied.has(from)) tied.add(to);
        else if (tied.has(to)) tied.add(from);
      }
    }
    return [...tied].sort();
  }
}

function partsOf(path: string): string[] {
  return resolve(path)
    .split('/')
    .filter((part) => part !== '');
}
