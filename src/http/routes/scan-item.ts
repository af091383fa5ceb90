import type { ScanItem } from '../../protocol/rest-bodies.js';
import { bytesToText, utf8TextOf, type TextEncoding } from '../../protocol/text-encoding.js';
import { formatEtag } from '../../protocol/version-tag.js';
import type { StoredEntry } from '../../store/operations.js';

export interface ItemForm {
  readonly keysOnly: boolean;
  readonly encoding: TextEncoding;
}

/** One entry as JSON. An item that is not UTF-8 goes out in base64 and says so: text is never guessed. */
export function scanItemText(entry: StoredEntry, form: ItemForm): string {
  return JSON.stringify(scanItemOf(entry, form));
}

function scanItemOf(entry: StoredEntry, { keysOnly, encoding }: ItemForm): ScanItem {
  const facts = {
    etag: formatEtag(entry),
    writtenAt: entry.writtenAtMs,
    ...(entry.expiresAtMs === 0 ? undefined : { expiresAt: entry.expiresAtMs }),
    ...(entry.contentType === '' ? undefined : { contentType: entry.contentType }),
  };
  if (encoding === 'utf8') {
    const key = utf8TextOf(entry.key);
    const value = keysOnly ? '' : utf8TextOf(entry.value);
    if (key !== undefined && value !== undefined) return keysOnly ? { key, ...facts } : { key, value, ...facts };
  }
  const key = bytesToText(entry.key, 'base64');
  const mark = encoding === 'utf8' ? ({ encoding: 'base64' } as const) : undefined;
  return keysOnly ? { key, ...facts, ...mark } : { key, value: bytesToText(entry.value, 'base64'), ...facts, ...mark };
}
