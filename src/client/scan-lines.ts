import { CoreCacheError } from '../base/errors.js';
import { fromErrorBody } from '../protocol/error-body.js';
import type { ScanItem } from '../protocol/rest-bodies.js';
import { textToBytes } from '../protocol/text-encoding.js';
import type { ScannedEntry } from './client-types.js';

const LINE_FEED = 0x0a;
/** A failure in the middle of an answer comes after its status, so there is none of its own. */
const STATUS_OF_FAILURE = 500;

/**
 * The entries of a scan that arrives as lines of JSON. Bytes of a character that is cut by the end of a chunk wait for the
 * next: lines are cut as bytes and only then read as text.
 * @throws CoreCacheError what the server says in the last line when the scan failed on its way
 */
export async function* readScanLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ScannedEntry> {
  let rest: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      rest.push(chunk.subarray(start, end));
      const entry = entryOf(Buffer.concat(rest).toString('utf8'));
      rest = [];
      start = end + 1;
      if (entry !== undefined) yield entry;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) throw new CoreCacheError('INTERNAL', 'the scan ended in the middle of a line');
}

/** `undefined` for the last line of a scan that was cut at its limit. */
function entryOf(line: string): ScannedEntry | undefined {
  const parsed = JSON.parse(line) as ScanItem | { readonly cursor: string } | { readonly error: unknown };
  if ('error' in parsed) throw fromErrorBody(STATUS_OF_FAILURE, parsed);
  if ('cursor' in parsed) return undefined;
  const encoding = parsed.encoding ?? 'utf8';
  return {
    key: textToBytes(parsed.key, encoding, 'key'),
    value: textToBytes(parsed.value ?? '', encoding, 'value'),
    etag: parsed.etag,
    writtenAtMs: parsed.writtenAt,
    ...(parsed.expiresAt === undefined ? undefined : { expiresAtMs: parsed.expiresAt }),
    ...(parsed.contentType === undefined ? undefined : { contentType: parsed.contentType }),
  };
}
