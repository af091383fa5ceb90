import { table } from '../table.js';
import { blockCodecs } from './block-codecs.js';
import { compareCodecs, packageStanzas, userDocuments, type CodecResult } from './compare-codecs.js';

const DOCUMENT_BYTES = 700_000;
const REPEATS = 5;

// Which codecs blocks of tables could have; an argument names a directory with packages that were not chosen.
const codecs = await blockCodecs(process.argv[2]);
const data = {
  'package descriptions': packageStanzas('test/fixtures/packages-sample/Packages.gz'),
  'JSON documents': userDocuments(DOCUMENT_BYTES),
};
const results = compareCodecs(codecs, data, REPEATS);
for (const name of Object.keys(data)) {
  const rows = codecs.map((codec) => [codec.name, ...cellsOf(results, name, codec.name)]);
  console.log(`\n${name}\n\n${table(['codec', '4 KiB', '16 KiB', '64 KiB'], rows)}`);
}

/** Ratio, time to compress and time to decompress, for each size of block. */
function cellsOf(all: readonly CodecResult[], data: string, codec: string): string[] {
  return all
    .filter((result) => result.data === data && result.codec === codec)
    .map(({ ratio, compressMicroseconds, decompressMicroseconds }) =>
      [ratio.toFixed(3), compressMicroseconds.toFixed(0), decompressMicroseconds.toFixed(0)].join(' / '),
    );
}
