import { beforeEach, describe, expect, it } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../src/env/simulated/faulty-file-system.js';

describe('a file system with faults', () => {
  let inner: CrashableFileSystem;
  beforeEach(async () => {
    inner = new CrashableFileSystem();
    await inner.makeDirectory('/d');
  });
  const write = (files: FaultyFileSystem, path: string, text: string): void => {
    const writer = files.openWriterSync(path, 'append');
    writer.writeSync([Buffer.from(text.slice(0, 1)), Buffer.from(text.slice(1))]);
    writer.syncSync();
    writer.closeSync();
  };

  it('fails the n-th call of an operation on the paths that match', () => {
    const fault = Fault.fail({ operation: 'sync', path: /\.log$/, call: 2 });
    const files = new FaultyFileSystem(inner, [fault]);
    write(files, '/d/1.log', 'a');
    write(files, '/d/1.data', 'b');
    expect(() => write(files, '/d/2.log', 'c')).toThrow(
      expect.objectContaining({ code: 'IO', data: { operation: 'sync', path: '/d/2.log', systemCode: 'EIO' } }),
    );
    write(files, '/d/3.log', 'd');
    expect(fault.struck).toBe(1);
  });

  it('fills the disk', () => {
    const files = new FaultyFileSystem(inner, [Fault.fail({ operation: ['write', 'create'], fromCall: 2 }, 'ENOSPC')]);
    write(files, '/d/a', 'ok');
    expect(() => write(files, '/d/b', 'x')).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
    expect(() => files.openWriterSync('/d/c', 'create')).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
  });

  it('leaves the first bytes of a short write', () => {
    const files = new FaultyFileSystem(inner, [Fault.shortWrite({ path: /a$/ }, 3)]);
    expect(() => write(files, '/d/a', 'abcdef')).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
    expect(Buffer.from(inner.readFileSync('/d/a')).toString()).toBe('abc');
  });

  it('flips bits in what is read, by whichever way, and not in the file', async () => {
    write(new FaultyFileSystem(inner), '/d/a', 'abcdef');
    const files = new FaultyFileSystem(inner, [Fault.flip({ path: /a$/ }, 2, 0x20)]);
    expect(Buffer.from(await files.readFile('/d/a')).toString()).toBe('abCdef');
    const reader = await files.openReader('/d/a');
    const target = Buffer.alloc(3);
    await reader.read(target, 1);
    expect(target.toString()).toBe('bCd');
    reader.readSync(target, 3);
    expect(target.toString()).toBe('def');
    expect(Buffer.from(inner.readFileSync('/d/a')).toString()).toBe('abcdef');
  });

  it('says in words what its faults are, and heals', () => {
    const files = new FaultyFileSystem(inner, [Fault.fail({ operation: 'sync', path: /\.log$/, call: 2 })]);
    files.inject(Fault.shortWrite({ fromCall: 3 }, 10));
    expect(String(files)).toBe('sync of /\\.log$/ number 2: EIO; write from number 3: ENOSPC after 10 bytes');
    files.heal();
    expect(String(files)).toBe('no faults');
  });
});
