import type { FileSystem, ReadableFile } from '../../env/file-system.js';
import { Block } from '../sstable/block.js';
import { EntryCoder } from '../sstable/entry-coder.js';
import type { TableIndex } from '../sstable/index-file.js';
import { openBlock } from '../sstable/open-block.js';
import { TableCursor, type BlockSource } from '../sstable/table-cursor.js';

/** The blocks of a data file that are not damaged, as if they were the whole table. For going through from the first. */
export class SoundBlocks implements BlockSource {
  readonly index: TableIndex;
  readonly coder: EntryCoder;
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  /** Numbers in the data file. */
  readonly #numbers: readonly number[];
  #file: ReadableFile | undefined = undefined;

  constructor(fileSystem: FileSystem, path: string, index: TableIndex, numbers: readonly number[]) {
    this.index = index;
    this.coder = new EntryCoder(index.base, path);
    this.#fileSystem = fileSystem;
    this.#path = path;
    this.#numbers = numbers;
  }

  get blockCount(): number {
    return this.#numbers.length;
  }

  cachedBlock(): undefined {
    return undefined;
  }

  async block(at: number): Promise<Block> {
    this.#file ??= await this.#fileSystem.openReader(this.#path);
    const { bytes, position } = this.#room(at);
    await this.#file.read(bytes, position);
    return this.#open(at, bytes, position);
  }

  blockSync(at: number): Block {
    this.#file ??= this.#fileSystem.openReaderSync(this.#path);
    const { bytes, position } = this.#room(at);
    this.#file.readSync(bytes, position);
    return this.#open(at, bytes, position);
  }

  closeSync(): void {
    this.#file?.closeSync();
    this.#file = undefined;
  }

  #open(at: number, bytes: Uint8Array, position: number): Block {
    const contents = openBlock(bytes, this.#path, this.index.summary.fileNumber, position);
    return new Block(contents, [], at, this.#path, position);
  }

  #room(at: number): { readonly bytes: Uint8Array; readonly position: number } {
    const { positions } = this.index.blocks;
    const number = this.#numbers[at]!;
    const position = positions[number]!;
    return { bytes: new Uint8Array(positions[number + 1]! - position), position };
  }
}

/** Opens the data file when it comes to it, and closes it at its end. */
export class SoundBlocksCursor extends TableCursor {
  readonly #blocks: SoundBlocks;

  constructor(blocks: SoundBlocks) {
    super(blocks);
    this.#blocks = blocks;
  }

  override close(): void {
    super.close();
    this.#blocks.closeSync();
  }
}
