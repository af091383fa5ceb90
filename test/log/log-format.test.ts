import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../src/base/checksum.js';
import { toEpoch, toFileNumber, toPartitionId, toSequence } from '../../src/base/numbers.js';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { NodeFileSystem } from '../../src/env/node-file-system.js';
import { GROUP_HEADER_BYTES, readGroupHeader } from '../../src/log/group-header.js';
import { Group } from '../../src/log/group.js';
import { readRecords } from '../../src/log/record-codec.js';
import { decodeSegmentHeader, encodeSegmentHeader } from '../../src/log/segment-header.js';
import { decodeReach, encodeReach } from '../../src/log/segment-reach.js';
import { readSegment, type SegmentItem } from '../../src/log/segment-reader.js';
import { append, describeRecord, DIRECTORY, openLog, placeOn, truncate, write } from './log-fixture.js';

const SALT = Buffer.from('0102030405060708', 'hex');
const FIXTURE = fileURLToPath(new URL('fixtures/format-1.segment', import.meta.url));
const FIXTURE_2 = fileURLToPath(new URL('fixtures/format-2.segment', import.meta.url));
const waiter = { logged: () => undefined, logFailed: () => undefined };

/** What the fixture was made of; it is opened for ever. */
const FIXTURE_RECORDS = [
  write(1, 'first'),
  write(2, ''),
  write(1, 'elsewhere', { partition: 300, epoch: 70_000 }),
  truncate(1),
  write(2, 'second again', { epoch: 2 }),
];

describe('the log format', () => {
  it('has these bytes for a segment header', () => {
    const header = { version: 1, number: toFileNumber(7), previousEnd: 4096, salt: SALT };
    const bytes = Buffer.from(encodeSegmentHeader(header));
    expect(bytes.toString('hex')).toBe(
      ['436f7265434c6f67', '01000000', '775d686e', '0700000000000000', '00100000', '0102030405060708'].join(''),
    );
    expect(decodeSegmentHeader(bytes, 'x')).toEqual({ ...header, salt: bytes.subarray(28) });
  });

  it('has these bytes for how far the log had got', () => {
    const position = { epoch: toEpoch(2), sequence: toSequence(300) };
    const reach = new Map([[toPartitionId(1), position]]);
    const bytes = Buffer.from(encodeReach(reach, SALT));
    expect(bytes.toString('hex')).toBe(['04000000', '120f51ac', '0102ac02'].join(''));
    expect(decodeReach(bytes, 0, SALT, 'x')).toEqual({ reach, end: 12 });
  });

  it('has these bytes for a group of one record', () => {
    const group = new Group();
    group.add(write(300, 'abc', { partition: 1, epoch: 2 }), 'fsync', waiter);
    expect(Buffer.concat(group.seal(crc32(SALT), 36, 36)).toString('hex')).toBe(
      ['c66c6f67', '522d2d2a', '91a48966', '09000000', '24000000', '24000000', '01000000', '010102ac0203616263'].join(
        '',
      ),
    );
  });

  it('has the same bytes for a long payload, which is not copied', () => {
    const payload = Buffer.alloc(50_000, 'long');
    const group = new Group();
    group.add(write(1, 'before'), 'os', waiter);
    group.add({ ...write(2), payload }, 'os', waiter);
    group.add(write(3, 'behind'), 'os', waiter);
    const pieces = group.seal(crc32(SALT), 36, 36);
    expect(pieces).toContain(payload);
    const bytes = Buffer.concat(pieces);
    expect(bytes).toHaveLength(group.length);
    expect(readGroupHeader(bytes, 0, crc32(SALT))).toBe('group was written for offset 36');
    const body = bytes.subarray(GROUP_HEADER_BYTES);
    expect(bytes.readUInt32LE(8)).toBe(crc32(body));
    const fail = (what: string): never => {
      throw new Error(what);
    };
    const records = [...readRecords(body, 0, body.length, 3, fail)];
    expect(records.map(describeRecord)).toEqual(
      [write(1, 'before'), { ...write(2), payload }, write(3, 'behind')].map(describeRecord),
    );
  });

  it('opens the segment that format 1 wrote, for ever', async () => {
    const files = new CrashableFileSystem();
    await files.makeDirectory(DIRECTORY);
    const writer = await files.openWriter(`${DIRECTORY}/000000000001.log`, 'create');
    await writer.write([readFileSync(FIXTURE)]);
    const { log, replayed } = await openLog(placeOn(files));
    expect(replayed).toEqual(FIXTURE_RECORDS.map(describeRecord));
    expect(log.recovery.cut).toBeUndefined();
  });

  it('opens the segment that format 2 wrote, for ever', async () => {
    const { header, reach } = [...readSegment(new NodeFileSystem(), FIXTURE_2)][0] as SegmentItem & { type: 'header' };
    expect(header).toMatchObject({ version: 2, number: 2 });
    expect([...reach]).toEqual([
      [0, { epoch: 2, sequence: 2 }],
      [300, { epoch: 70_000, sequence: 1 }],
    ]);
    const files = new CrashableFileSystem();
    await files.makeDirectory(DIRECTORY);
    for (const [name, fixture] of Object.entries({ '000000000001.log': FIXTURE, '000000000002.log': FIXTURE_2 })) {
      const writer = await files.openWriter(`${DIRECTORY}/${name}`, 'create');
      await writer.write([readFileSync(fixture)]);
    }
    const { replayed } = await openLog(placeOn(files));
    expect(replayed).toEqual([...FIXTURE_RECORDS, write(3, 'third', { epoch: 2 })].map(describeRecord));
  });

  it('is written today as in the fixtures', async () => {
    const files = new CrashableFileSystem();
    const { log } = await openLog(placeOn(files));
    await append(log, FIXTURE_RECORDS[0]!);
    await Promise.all(FIXTURE_RECORDS.slice(1).map((record) => append(log, record)));
    await log.close();
    const bytes = Buffer.from(await files.readFile(`${DIRECTORY}/000000000001.log`));
    expect(bytes.toString('hex')).toBe(readFileSync(FIXTURE).toString('hex'));

    const again = await openLog(placeOn(files));
    await append(again.log, write(3, 'third', { epoch: 2 }));
    await again.log.close();
    const second = Buffer.from(await files.readFile(`${DIRECTORY}/000000000002.log`));
    expect(second.toString('hex')).toBe(readFileSync(FIXTURE_2).toString('hex'));
  });
});

describe('the reader of one segment', () => {
  it('shows header, records and where they stand', () => {
    const items = [...readSegment(new NodeFileSystem(), FIXTURE)];
    expect(items[0]).toMatchObject({ type: 'header', header: { number: 1, previousEnd: 0 } });
    expect(items.slice(1).map((item) => (item.type === 'record' ? describeRecord(item.record) : item.type))).toEqual(
      FIXTURE_RECORDS.map(describeRecord),
    );
    expect(items[1]).toMatchObject({ groupOffset: 36, syncedEnd: 36 });
  });

  it('ends with what is wrong, and whether that had been synced', async () => {
    const files = new CrashableFileSystem();
    await files.makeDirectory(DIRECTORY);
    const bytes = readFileSync(FIXTURE);
    bytes[50]! ^= 1;
    const writer = await files.openWriter(`${DIRECTORY}/bad.log`, 'create');
    await writer.write([bytes]);
    expect([...readSegment(files, `${DIRECTORY}/bad.log`)].at(-1)).toEqual({
      type: 'problem',
      problem: {
        offset: 36,
        what: 'checksum of the group header does not match',
        wasSynced: true,
        groupsBehind: 2,
      },
    });
  });
});
