import { beforeEach, describe, expect, it } from 'vitest';
import { keepAll, keepNone, keepSome } from '../../src/env/simulated/crash-choice.js';
import { CrashableFileSystem, PowerCut } from '../../src/env/simulated/crashable-file-system.js';

describe('a power cut', () => {
  let files: CrashableFileSystem;
  const content = (place: CrashableFileSystem, path: string): string =>
    Buffer.from(place.readFileSync(path)).toString();
  const create = (path: string, synced: string, unsynced = ''): void => {
    const writer = files.openWriterSync(path, 'create');
    writer.writeSync([Buffer.from(synced)]);
    writer.syncSync();
    if (unsynced !== '') writer.writeSync([Buffer.from(unsynced)]);
  };

  beforeEach(async () => {
    files = new CrashableFileSystem();
    await files.makeDirectory('/d');
    await files.syncDirectory('/');
  });

  it('keeps bytes up to the last sync, and a name once its directory was synced', async () => {
    create('/d/a', 'kept', 'lost');
    files.syncDirectorySync('/d');
    create('/d/b', 'synced, but the name is not');
    const after = files.crash(keepNone);
    expect(await after.list('/d')).toEqual(['a']);
    expect(content(after, '/d/a')).toBe('kept');
  });

  it('keeps everything when asked', async () => {
    create('/d/a', 'kept', ' too');
    const after = files.crash(keepAll);
    expect(await after.list('/d')).toEqual(['a']);
    expect(content(after, '/d/a')).toBe('kept too');
  });

  it('undoes a removal and a rename that were not synced', async () => {
    create('/d/a', '1');
    create('/d/b', '2');
    files.syncDirectorySync('/d');
    files.removeSync('/d/a');
    files.renameSync('/d/b', '/d/c');
    expect(await files.crash(keepNone).list('/d')).toEqual(['a', 'b']);
    expect(await files.crash(keepAll).list('/d')).toEqual(['c']);
    files.syncDirectorySync('/d');
    expect(await files.crash(keepNone).list('/d')).toEqual(['c']);
  });

  it('keeps or undoes a rename as one step', async () => {
    create('/d/a.tmp', 'new');
    create('/d/a', 'old');
    files.syncDirectorySync('/d');
    files.renameSync('/d/a.tmp', '/d/a');
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const after = files.crash(keepSome(seed));
      seen.add(`${(await after.list('/d')).join()}: ${content(after, '/d/a')}`);
    }
    expect([...seen].sort()).toEqual(['a,a.tmp: old', 'a: new']);
  });

  it('loses a whole directory whose name was not synced', async () => {
    await files.makeDirectory('/new');
    create('/new/a', 'synced');
    files.syncDirectorySync('/new');
    expect(await files.crash(keepNone).list('/')).toEqual(['d']);
  });

  it('tears what was not synced: later pieces may be there and earlier ones read as zeros', () => {
    create('/d/a', 'S', 'abcdefgh');
    files.syncDirectorySync('/d');
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed++) seen.add(content(files.crash(keepSome(seed, { pieceBytes: 1 })), '/d/a'));
    expect([...seen].every((found) => found.startsWith('S'))).toBe(true);
    expect([...seen].some((found) => found.includes('\0') && found.endsWith('h'))).toBe(true);
    expect(seen.size).toBeGreaterThan(50);
  });

  it('gives the same outcome for the same choice', () => {
    create('/d/a', '', 'x'.repeat(5000));
    files.syncDirectorySync('/d');
    expect(content(files.crash(keepSome(5)), '/d/a')).toBe(content(files.crash(keepSome(5)), '/d/a'));
  });

  it('comes at the call that was asked for, and ends every call after it', () => {
    files.cutPowerAt(files.callCount + 3);
    const writer = files.openWriterSync('/d/a', 'create');
    writer.writeSync([Buffer.from('12')]);
    expect(() => writer.syncSync()).toThrow(PowerCut);
    expect(() => files.readFileSync('/d/a')).toThrow(PowerCut);
    expect(() => files.openWriterSync('/d/b', 'create')).toThrow(PowerCut);
    expect(files.isPowerCut).toBe(true);
    expect(content(files.crash(keepAll), '/d/a')).toBe('12');
    expect(files.calls.slice(-3)).toEqual(['create /d/a', 'write /d/a', 'sync /d/a']);
  });

  it('in the middle of a write leaves it unsynced', () => {
    const writer = files.openWriterSync('/d/a', 'create');
    files.syncDirectorySync('/d');
    files.cutPowerAt(files.callCount + 1);
    expect(() => writer.writeSync([Buffer.from('12')])).toThrow(PowerCut);
    expect(content(files.crash(keepNone), '/d/a')).toBe('');
    expect(content(files.crash(keepAll), '/d/a')).toBe('12');
  });

  it('frees locks', async () => {
    await files.lock('/d/LOCK');
    files.syncDirectorySync('/d');
    await files.crash(keepNone).lock('/d/LOCK');
  });
});
