import { corruption, CoreCacheError } from '../../base/errors.js';
import { toFileNumber, type FileNumber } from '../../base/numbers.js';
import { VarintReader, varintLength, writeVarint } from '../../base/varint.js';
import type { Decay } from '../sstable/decay.js';
import type { TableSummary } from '../sstable/table-summary.js';
import type { ValueFileSummary, ValueUse } from '../value-file/value-file-summary.js';

/** The step from one version to the next. What is absent stays as it was. */
export interface VersionEdit {
  readonly flushedSequence?: number;
  readonly lastEpoch?: number;
  readonly nextFileNumber?: number;
  readonly removed: readonly { readonly level: number; readonly fileNumber: FileNumber }[];
  readonly added: readonly { readonly level: number; readonly table: TableSummary }[];
  /** New value files. One goes when no table refers to it any more. */
  readonly valueFiles?: readonly ValueFileSummary[];
}

/**
 * An edit is a row of fields, in any order: tag varint, length varint, that many bytes. The lowest bit of a tag says
 * whether a program that does not know it may pass over it (1) or must refuse the manifest (0), so that later programs
 * can add both kinds. The numbers are on disk and never change.
 */
const Tag = {
  flushedSequence: 2,
  lastEpoch: 4,
  nextFileNumber: 6,
  addTable: 8,
  removeTable: 10,
  addValueFile: 12,
  valueUses: 14,
  tableDecay: 33,
} as const;
const OPTIONAL_BIT = 1;

export function encodeEdit(edit: VersionEdit): Uint8Array {
  const fields: Uint8Array[] = [];
  if (edit.flushedSequence !== undefined) fields.push(field(Tag.flushedSequence, [edit.flushedSequence]));
  if (edit.lastEpoch !== undefined) fields.push(field(Tag.lastEpoch, [edit.lastEpoch]));
  if (edit.nextFileNumber !== undefined) fields.push(field(Tag.nextFileNumber, [edit.nextFileNumber]));
  for (const { level, fileNumber } of edit.removed) fields.push(field(Tag.removeTable, [level, fileNumber]));
  for (const { level, table } of edit.added) fields.push(field(Tag.addTable, addTableParts(level, table)));
  for (const { table } of edit.added)
    if (table.decay) fields.push(field(Tag.tableDecay, decayParts(table, table.decay)));
  for (const { table } of edit.added) {
    if (table.valueUses !== undefined)
      fields.push(field(Tag.valueUses, valueUsesParts(table.fileNumber, table.valueUses)));
  }
  for (const { fileNumber, bytes, valueCount } of edit.valueFiles ?? []) {
    fields.push(field(Tag.addValueFile, [fileNumber, bytes, valueCount]));
  }
  return Buffer.concat(fields);
}

/**
 * @param file and `offset` of the edit's first byte, for messages
 * @throws CoreCacheError `CORRUPTION`; `NEWER_FORMAT` for a field that must be understood and is not
 */
export function decodeEdit(bytes: Uint8Array, file: string, offset: number): VersionEdit {
  const fail = (what: string, at: number): never => {
    throw corruption(file, offset + at, `version edit: ${what}`);
  };
  const edit: { -readonly [K in keyof VersionEdit]: VersionEdit[K] } = { removed: [], added: [] };
  const removed: { level: number; fileNumber: FileNumber }[] = [];
  const added: { level: number; table: TableSummary }[] = [];
  const decays = new Map<number, Decay>();
  const valueFiles: ValueFileSummary[] = [];
  const valueUses = new Map<FileNumber, readonly ValueUse[]>();
  const reader = new VarintReader(bytes, 0, bytes.length, fail);
  while (reader.remaining > 0) {
    const tagAt = reader.offset;
    const tag = reader.varint();
    const length = reader.varint();
    const start = reader.offset;
    reader.bytes(length);
    const inner = new VarintReader(bytes, start, start + length, fail);
    if (tag === Tag.flushedSequence) edit.flushedSequence = inner.varint();
    else if (tag === Tag.lastEpoch) edit.lastEpoch = inner.varint();
    else if (tag === Tag.nextFileNumber) edit.nextFileNumber = inner.varint();
    else if (tag === Tag.removeTable) removed.push({ level: inner.varint(), fileNumber: toFileNumber(inner.varint()) });
    else if (tag === Tag.addTable) added.push(readAddTable(inner));
    else if (tag === Tag.tableDecay) decays.set(inner.varint(), readDecay(inner));
    else if (tag === Tag.addValueFile) valueFiles.push(readValueUse(inner));
    else if (tag === Tag.valueUses) valueUses.set(toFileNumber(inner.varint()), readValueUses(inner));
    else if (tag & OPTIONAL_BIT) continue;
    else throw newerField(file, offset + tagAt, tag);
    if (inner.remaining > 0) fail(`field ${tag} has ${inner.remaining} bytes too many`, inner.offset);
  }
  return {
    ...edit,
    removed,
    added: added.map(({ level, table }) => ({ level, table: withValueUses(withDecay(table, decays), valueUses) })),
    ...(valueFiles.length > 0 && { valueFiles }),
  };
}

function addTableParts(level: number, table: TableSummary): (number | Uint8Array)[] {
  return [
    level,
    table.fileNumber,
    table.dataBytes,
    table.indexBytes,
    table.entryCount,
    table.tombstoneCount,
    table.rawBytes,
    table.minSequence,
    table.maxSequence,
    table.oldestExpiryMs,
    table.firstKey.length,
    table.firstKey,
    table.lastKey.length,
    table.lastKey,
  ];
}

function decayParts({ fileNumber }: TableSummary, decay: Decay): number[] {
  return [fileNumber, decay.leastCoveringSequence, decay.halfDeadAtMs, decay.longestDeadRow];
}

function readDecay(reader: VarintReader): Decay {
  return {
    leastCoveringSequence: reader.varint(),
    halfDeadAtMs: reader.varint(),
    longestDeadRow: reader.varint(),
  };
}

function withDecay(table: TableSummary, decays: ReadonlyMap<number, Decay>): TableSummary {
  const decay = decays.get(table.fileNumber);
  return decay === undefined ? table : { ...table, decay };
}

function readAddTable(reader: VarintReader): { level: number; table: TableSummary } {
  const level = reader.varint();
  const table: TableSummary = {
    fileNumber: toFileNumber(reader.varint()),
    dataBytes: reader.varint(),
    indexBytes: reader.varint(),
    entryCount: reader.varint(),
    tombstoneCount: reader.varint(),
    rawBytes: reader.varint(),
    minSequence: reader.varint(),
    maxSequence: reader.varint(),
    oldestExpiryMs: reader.varint(),
    firstKey: new Uint8Array(reader.bytes(reader.varint())),
    lastKey: new Uint8Array(reader.bytes(reader.varint())),
  };
  return { level, table };
}

function withValueUses(table: TableSummary, uses: ReadonlyMap<FileNumber, readonly ValueUse[]>): TableSummary {
  const valueUses = uses.get(table.fileNumber);
  return valueUses === undefined ? table : { ...table, valueUses };
}

function valueUsesParts(table: FileNumber, uses: readonly ValueUse[]): number[] {
  return [table, ...uses.flatMap(({ fileNumber, bytes, valueCount }) => [fileNumber, bytes, valueCount])];
}

function readValueUses(reader: VarintReader): ValueUse[] {
  const uses: ValueUse[] = [];
  while (reader.remaining > 0) uses.push(readValueUse(reader));
  return uses;
}

function readValueUse(reader: VarintReader): ValueUse {
  return { fileNumber: toFileNumber(reader.varint()), bytes: reader.varint(), valueCount: reader.varint() };
}

function field(tag: number, parts: readonly (number | Uint8Array)[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += typeof part === 'number' ? varintLength(part) : part.length;
  const target = new Uint8Array(varintLength(tag) + varintLength(length) + length);
  let offset = writeVarint(target, writeVarint(target, 0, tag), length);
  for (const part of parts) {
    if (typeof part === 'number') offset = writeVarint(target, offset, part);
    else {
      target.set(part, offset);
      offset += part.length;
    }
  }
  return target;
}

function newerField(file: string, offset: number, tag: number): CoreCacheError {
  return new CoreCacheError('NEWER_FORMAT', `${file} at offset ${offset}: field ${tag} is of a newer version`, {
    data: { file, offset, tag },
  });
}
