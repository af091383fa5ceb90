import { parseJsonLine } from './json-lines.js';
import { parseStanza } from './package-stanzas.js';
import type { PieceEnd } from './piece-splitter.js';
import type { LoadRecord } from './record.js';
import { parseTabLine } from './tab-separated.js';

export interface InputFormat {
  readonly pieceEnd: PieceEnd;
  /** `undefined` for what stands for no record. @throws RefusedRecord */
  parse(piece: Uint8Array): LoadRecord | undefined;
}

export const inputFormats = {
  ndjson: { pieceEnd: 'line', parse: parseJsonLine },
  tsv: { pieceEnd: 'line', parse: parseTabLine },
  packages: { pieceEnd: 'blank line', parse: parseStanza },
} as const satisfies Readonly<Record<string, InputFormat>>;

export type InputFormatName = keyof typeof inputFormats;
export const inputFormatNames = ['ndjson', 'tsv', 'packages'] as const satisfies readonly InputFormatName[];

/** What the name of a file says about what is in it; lines of JSON when it says nothing. */
export function formatOfName(path: string): InputFormatName {
  const name = path.replace(/\.gz$/, '');
  if (name.endsWith('.tsv')) return 'tsv';
  return /(^|[/_])Packages$/.test(name) ? 'packages' : 'ndjson';
}
