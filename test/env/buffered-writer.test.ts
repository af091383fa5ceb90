import { beforeEach, describe, expect, it } from 'vitest';
import { BufferedWriter } from '../../src/env/buffered-writer.js';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../src/env/simulated/faulty-file-system.js';
import { Random } from '../support/random.js';

const KIB = 1024;

describe('a buffered writer', () => {
  let disk: CrashableFileSystem;
  let files: FaultyFileSystem;
  let writer: BufferedWriter;

  beforeEach(() => {
    disk = new CrashableFileSystem();
    files = new FaultyFileSystem(disk);
    writer = new BufferedWriter(files.openWriterSync('/file', 'create'));
  });
  const writes = (): number => disk.calls.filter((call) => call === 'write /file').length;

  it('writes what was appended, in order, whatever the lengths', () => {
    const random = new Random(5);
    const pieces = Array.from({ length: 300 }, (_, i) => Buffer.alloc(random.below(i % 10 === 0 ? 300_000 : 5000), i));
    for (const piece of pieces) writer.append(piece);
    writer.flush();
    expect(Buffer.compare(disk.readFileSync('/file'), Buffer.concat(pieces))).toBe(0);
  });

  it('gathers short pieces, and writes nothing for nothing', () => {
    for (let i = 0; i < 256; i++) writer.append(Buffer.alloc(KIB));
    expect(writes()).toBe(0);
    writer.append(Buffer.alloc(1));
    expect(writes()).toBe(1);
    writer.flush();
    writer.flush();
    expect(writes()).toBe(2);
  });

  it('writes a long piece at once, with what is pending before it, in one call', () => {
    writer.append(Buffer.alloc(KIB));
    writer.append(Buffer.alloc(32 * KIB));
    expect(writes()).toBe(1);
    expect(disk.readFileSync('/file')).toHaveLength(33 * KIB);
  });

  it('is done with a piece when it has been appended', () => {
    const pieces = [KIB, 40 * KIB].map((length) => Buffer.alloc(length, 1));
    for (const piece of pieces) writer.append(piece);
    for (const piece of pieces) piece.fill(2);
    writer.flush();
    expect(disk.readFileSync('/file').every((byte) => byte === 1)).toBe(true);
  });

  it('passes on what a write fails of', () => {
    files.inject(Fault.fail({ operation: 'write' }, 'ENOSPC'));
    writer.append(Buffer.alloc(KIB));
    expect(() => writer.flush()).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
  });
});
