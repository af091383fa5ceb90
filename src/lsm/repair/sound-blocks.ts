import type { FileSystem, ReadableFile } from '../../env/file-system.js';
import type { Entry } from '../entry.js';
import { CursorState } from '../iterator/cursor.js';
import { BLOCK_TRAILER_BYTES } from '../sstable/block-format.js';
import { Block, type BlockSlots } from '../sstable/block.js';
import type { BlockSource, BlockWaiter } from '../sstable/block-source.js';
import { EntryCoder } from '../sstable/entry-coder.js';
import type { TableIndex } from '../sstable/index-file.js';
import { unpackBlock } from '../sstable/unpack-block.js';
import { TableCursor } from '../sstable/table-cursor.js';

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

  readNow(): undefined {
    return undefined;
  }

  load(at: number, _readAhead: number, waiter: BlockWaiter): void {
    this.#block(at).then(
      (block) => waiter.loaded(block),
      (error: unknown) => waiter.failed(error),
    );
  }

  blockSync(at: number): Block {
    this.#file ??= this.#fileSystem.openReaderSync(this.#path);
    const { bytes, position } = this.#room(at);
    this.#file.readSync(bytes, position);
    const block = this.#open(at, bytes, position);
    block.hold();
    return block;
  }

  closeSync(): void {
    this.#file?.closeSync();
    this.#file = undefined;
  }

  async #block(at: number): Promise<Block> {
    this.#file ??= await this.#fileSystem.openReader(this.#path);
    const { bytes, position } = this.#room(at);
    await this.#file.read(bytes, position);
    return this.#open(at, bytes, position);
  }

  #open(at: number, bytes: Uint8Array, position: number): Block {
    const unpacked = unpackBlock(bytes, this.#path, this.index.summary.fileNumber, position);
    const contents = unpacked ?? bytes.subarray(0, bytes.length - BLOCK_TRAILER_BYTES);
    return new Block(contents, contents.length, NO_SLOTS, at, this.#path, position);
  }

  #room(at: number): { readonly bytes: Uint8Array; readonly position: number } {
    const { positions } = this.index.blocks;
    const number = this.#numbers[at]!;
    const position = positions[number]!;
    return { bytes: new Uint8Array(positions[number + 1]! - position), position };
  }
}

/** These blocks are nobody's but the cursor's. */
const NO_SLOTS: BlockSlots = { blocks: [], freed: () => undefined };

/** Opens the data file when it comes to it, and closes it at its end. Passes over entries that are lost. */
export class SoundBlocksCursor extends TableCursor {
  readonly #blocks: SoundBlocks;
  readonly #isLost: (entry: Entry) => boolean;

  constructor(blocks: SoundBlocks, isLost: (entry: Entry) => boolean) {
    super(blocks);
    this.#blocks = blocks;
    this.#isLost = isLost;
  }

  override next(): void {
    super.next();
    this.#passLost();
  }

  override async load(): Promise<void> {
    while (this.state === CursorState.unloaded) {
      await super.load();
      this.#passLost();
    }
  }

  override loadSync(): void {
    while (this.state === CursorState.unloaded) {
      super.loadSync();
      this.#passLost();
    }
  }

  override close(): void {
    super.close();
    this.#blocks.closeSync();
  }

  #passLost(): void {
    while (this.state === CursorState.ready && this.#isLost(this.entry)) super.next();
  }
}
