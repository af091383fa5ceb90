import { beforeEach, describe, expect, it } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { crc32 } from '../../src/base/checksum.js';
import { GROUP_HEADER_BYTES } from '../../src/log/group-header.js';
import { SEGMENT_HEADER_BYTES } from '../../src/log/segment-header.js';
import { append, DIRECTORY, openLog, placeOn, segmentNames, write } from './log-fixture.js';

const SEGMENT = `${DIRECTORY}/000000000001.log`;

describe('a damaged log', () => {
  let files: CrashableFileSystem;
  /** Where each group begins, and the end of the file. */
  let boundaries: number[];

  /** Four groups with a sync after the second and the fourth; the process ends without closing. */
  beforeEach(async () => {
    files = new CrashableFileSystem();
    const { log } = await openLog(placeOn(files));
    boundaries = [];
    for (const [index, durability] of (['os', 'fsync', 'os', 'fsync'] as const).entries()) {
      boundaries.push(await files.sizeOf(SEGMENT));
      await append(log, write(index + 1), durability);
    }
    boundaries.push(await files.sizeOf(SEGMENT));
  });

  const withBytes = async (change: (bytes: Buffer) => Buffer, path = SEGMENT): Promise<CrashableFileSystem> => {
    const damaged = files.clone();
    const bytes = change(Buffer.from(await damaged.readFile(path)));
    await damaged.remove(path);
    const writer = await damaged.openWriter(path, 'create');
    await writer.write([bytes]);
    await writer.sync();
    return damaged;
  };
  const all = [1, 2, 3, 4].map((n) => `write 0/1/${n} value ${n}`);

  it('with any one bit wrong is corruption, or loses only its last group, which nothing says was synced', async () => {
    const size = boundaries.at(-1)!;
    // The last group with a synced end behind others is the third; what it says covers the first two.
    const knownSynced = boundaries[2]!;
    for (let position = 0; position < size; position++) {
      const damaged = await withBytes((bytes) => {
        bytes[position]! ^= 1 << (position % 8);
        return bytes;
      });
      const before = await damaged.readFile(SEGMENT);
      const outcome = await openLog(placeOn(damaged)).catch(
        (error: unknown) => error as { code: string; data: object },
      );
      if ('replayed' in outcome) {
        expect(position, 'only the tail is cut').toBeGreaterThanOrEqual(knownSynced);
        expect(outcome.replayed).toEqual(all.slice(0, position < boundaries[3]! ? 2 : 3));
        expect(outcome.log.recovery.cut).toMatchObject({ file: SEGMENT });
      } else {
        expect(position, 'what was never synced may be torn').toBeLessThan(knownSynced);
        expect(outcome).toMatchObject({ code: 'CORRUPTION', data: { file: SEGMENT } });
        expect(await damaged.readFile(SEGMENT), 'nothing is changed').toEqual(before);
        expect(await damaged.list(DIRECTORY)).toEqual(['000000000001.log']);
      }
    }
  });

  it('after a clean close is corruption with any one bit wrong before the end mark', async () => {
    files = new CrashableFileSystem();
    const { log } = await openLog(placeOn(files));
    for (let n = 1; n <= 3; n++) await append(log, write(n));
    const end = await files.sizeOf(SEGMENT);
    await log.close();
    for (let position = 0; position < end; position++) {
      const damaged = await withBytes((bytes) => {
        bytes[position]! ^= 0x80;
        return bytes;
      });
      await expect(openLog(placeOn(damaged))).rejects.toMatchObject({ code: 'CORRUPTION' });
    }
  });

  it('names file and offset', async () => {
    const offset = boundaries[1]!;
    const damaged = await withBytes((bytes) => {
      bytes[offset + GROUP_HEADER_BYTES + 3]! ^= 4;
      return bytes;
    });
    await expect(openLog(placeOn(damaged))).rejects.toMatchObject({
      code: 'CORRUPTION',
      data: { file: SEGMENT, offset },
    });
  });

  it('cut off at any length opens with a prefix', async () => {
    for (let size = SEGMENT_HEADER_BYTES; size <= boundaries.at(-1)!; size++) {
      const damaged = await withBytes((bytes) => bytes.subarray(0, size));
      const whole = boundaries.filter((boundary) => boundary <= size).length - 1;
      expect((await openLog(placeOn(damaged))).replayed).toEqual(all.slice(0, whole));
    }
  });

  it('with zeros or rubbish behind it opens whole', async () => {
    for (const tail of [Buffer.alloc(5000), Buffer.alloc(1), Buffer.alloc(300, 0xc6)]) {
      const { log, replayed } = await openLog(placeOn(await withBytes((bytes) => Buffer.concat([bytes, tail]))));
      expect(replayed).toEqual(all);
      expect(log.recovery.cut).toMatchObject({ offset: boundaries.at(-1), bytes: tail.length });
    }
  });

  it('does not take a copy of its groups inside a value for groups', async () => {
    const { log } = await openLog(placeOn(files));
    const segment = Buffer.from(await files.readFile(SEGMENT));
    await append(log, write(5, 'a'));
    log.append({ ...write(6), payload: segment }, 'fsync', { logged: () => undefined, logFailed: () => undefined });
    await log.sync();
    const path = `${DIRECTORY}/000000000002.log`;
    const damaged = await withBytes((bytes) => bytes.subarray(0, bytes.length - 3), path);
    expect((await openLog(placeOn(damaged))).replayed.map((text) => text.slice(0, 11))).toEqual(
      [1, 2, 3, 4, 5].map((n) => `write 0/1/${n}`),
    );
  });

  it('without a segment in the middle is corruption', async () => {
    const place = placeOn(files);
    for (let life = 0; life < 3; life++) {
      const { log } = await openLog(place);
      await append(log, write(5 + life));
      await log.close();
    }
    const damaged = files.clone();
    const names = await damaged.list(DIRECTORY);
    await damaged.remove(`${DIRECTORY}/${names[1]!}`);
    await expect(openLog(placeOn(damaged))).rejects.toMatchObject({
      code: 'CORRUPTION',
      data: { file: `${DIRECTORY}/${names[1]!}` },
    });
  });

  it('with an earlier segment shorter than the next one says is corruption', async () => {
    const { log } = await openLog(placeOn(files));
    await append(log, write(5));
    await log.close();
    const damaged = await withBytes((bytes) => bytes.subarray(0, bytes.length - 1));
    await expect(openLog(placeOn(damaged))).rejects.toMatchObject({ code: 'CORRUPTION', data: { file: SEGMENT } });
  });

  it('with segments that changed places is corruption', async () => {
    const damaged = files.clone();
    await damaged.rename(SEGMENT, `${DIRECTORY}/000000000009.log`);
    await expect(openLog(placeOn(damaged))).rejects.toMatchObject({ code: 'CORRUPTION' });
  });

  it('of a newer format is refused and left as it is', async () => {
    const newer = await withBytes((bytes) => {
      bytes.writeUInt32LE(3, 8);
      bytes.writeUInt32LE(crc32(bytes.subarray(16, SEGMENT_HEADER_BYTES), crc32(bytes.subarray(0, 12))), 12);
      return bytes;
    });
    const before = newer.callCount;
    await expect(openLog(placeOn(newer))).rejects.toMatchObject({ code: 'NEWER_FORMAT', data: { version: 3 } });
    expect(newer.callCount).toBe(before);
  });

  it('leaves files alone that are not its own, and removes what a crash left half made', async () => {
    const damaged = files.clone();
    for (const name of ['notes.txt', '000000000002.log.tmp']) {
      await (await damaged.openWriter(`${DIRECTORY}/${name}`, 'create')).close();
    }
    const place = placeOn(damaged);
    expect((await openLog(place)).replayed).toEqual(all);
    expect(await segmentNames(place)).toEqual(['000000000001.log', '000000000002.log', 'notes.txt']);
  });
});
