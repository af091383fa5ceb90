import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem, ReadableFile } from '../../env/file-system.js';
import { NO_SLOTS } from '../cache/pooled-entry.js';
import type { Entry } from '../entry.js';
import { CursorState } from '../iterator/cursor.js';
import { BLOCK_TRAILER_BYTES } from '../sstable/block/block-format.js';
import type { BlockRun, BlockSource, PageSource, TableSource } from '../sstable/read/table-source.js';
import { Block } from '../sstable/block/block.js';
import { EntryCoder } from '../sstable/block/entry-coder.js';
import { IndexPage } from '../sstable/index/index-page.js';
import { encodePage } from '../sstable/index/page-format.js';
import type { Waiter } from '../sstable/read/shared-loads.js';
import { TableCursor } from '../sstable/read/table-cursor.js';
import type { TableProperties } from '../sstable/table-properties.js';
import { unpackBlock } from '../sstable/block/unpack-block.js';
import type { BlockPlace } from './find-blocks.js';

const noPage = encodePage(0, [{ separator: new Uint8Array(0), end: 0, start: undefined }], undefined);
/** Stands for all pages where none is looked into. */
const NO_PAGE = new IndexPage(noPage, noPage.length, NO_SLOTS, 0, '', 0);

/**
 * The blocks of a data file that are not damaged, as if they were the whole table. For going through from the first: no
 * page of an index is looked into for that, and where the blocks are is known here.
 */
export class SoundBlocks implements TableSource, BlockSource {
  readonly index = { root: NO_PAGE, pageBlocks: Infinity };
  readonly pages: PageSource = {
    cached: () => NO_PAGE,
    readNow: () => NO_PAGE,
    load: (_, waiter) => waiter.loaded(NO_PAGE),
    readSync: () => NO_PAGE,
  };
  readonly blocks: BlockSource = this;
  readonly coder: EntryCoder;
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  readonly #fileNumber: FileNumber;
  readonly #places: readonly BlockPlace[];
  #file: ReadableFile | undefined = undefined;

  constructor(fileSystem: FileSystem, path: string, { base, summary }: TableProperties, places: readonly BlockPlace[]) {
    this.coder = new EntryCoder(base, path);
    this.#fileSystem = fileSystem;
    this.#path = path;
    this.#fileNumber = summary.fileNumber;
    this.#places = places;
  }

  get blockCount(): number {
    return this.#places.length;
  }

  cached(): undefined {
    return undefined;
  }

  run(_page: IndexPage, number: number): BlockRun {
    const { position, end } = this.#places[number]!;
    return { number, end: number, position, length: end - position, page: undefined };
  }

  readNow(): undefined {
    return undefined;
  }

  passingRun(): undefined {
    return undefined;
  }

  load(run: BlockRun, waiter: Waiter<Block>): void {
    this.#block(run).then(
      (block) => waiter.loaded(block),
      (error: unknown) => waiter.failed(error),
    );
  }

  readSync(run: BlockRun): Block {
    this.#file ??= this.#fileSystem.openReaderSync(this.#path);
    const bytes = new Uint8Array(run.length);
    this.#file.readSync(bytes, run.position);
    const block = this.#open(run, bytes);
    block.hold();
    return block;
  }

  walked(): void {
    // Nothing is kept.
  }

  closeSync(): void {
    this.#file?.closeSync();
    this.#file = undefined;
  }

  async #block(run: BlockRun): Promise<Block> {
    this.#file ??= await this.#fileSystem.openReader(this.#path);
    const bytes = new Uint8Array(run.length);
    await this.#file.read(bytes, run.position);
    return this.#open(run, bytes);
  }

  #open({ number, position }: BlockRun, bytes: Uint8Array): Block {
    const unpacked = unpackBlock(bytes, this.#path, this.#fileNumber, position);
    const contents = unpacked ?? bytes.subarray(0, bytes.length - BLOCK_TRAILER_BYTES);
    return new Block(contents, contents.length, NO_SLOTS, number, this.#path, position);
  }
}

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
    while (this.state === CursorState.ready && this.#isLost(this.entry)) {
      super.next();
      this.entry.keyShared = 0;
    }
  }
}
