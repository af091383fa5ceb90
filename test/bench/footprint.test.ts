import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesOfFiles, bytesOnDisk, bytesWritten } from '../../bench/engine/footprint.js';

const MIB = 1024 * 1024;

describe('what a database takes of the device', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'corecache-footprint-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function write(name: string, bytes: number): void {
    const file = openSync(join(directory, name), 'w');
    writeSync(file, Buffer.alloc(bytes, 1));
    closeSync(file);
  }

  it('is what its files have blocks for', () => {
    write('1.data', 3 * MIB);
    expect(bytesOnDisk(directory)).toBeGreaterThanOrEqual(3 * MIB);
  });

  it('is told of files of one kind', () => {
    write('1.data', 3 * MIB);
    write('1.index', 100);
    write('2.index', 50);
    expect(bytesOfFiles(directory, '.index')).toBe(150);
  });

  it('has no bytes written that a deleted file took along before they got there', () => {
    const before = bytesWritten();
    if (before === undefined) return;
    write('log', 64 * MIB);
    const written = bytesWritten()! - before;
    rmSync(join(directory, 'log'));
    // Nothing is counted at all on a file system in memory, and the system may have written some of it.
    if (written >= 64 * MIB) expect(bytesWritten()! - before).toBeLessThan(written);
  });
});
