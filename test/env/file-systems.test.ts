import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { FaultyFileSystem } from '../../src/env/simulated/faulty-file-system.js';
import type { FileSystem } from '../../src/env/file-system.js';
import { NodeFileSystem } from '../../src/env/node-file-system.js';
import { fileSystemConformance, type FileSystemUnderTest } from '../conformance/file-system.js';

async function onDisk(fileSystem: FileSystem): Promise<FileSystemUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'corecache-files-'));
  return { fileSystem, directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

async function inMemory(fileSystem: FileSystem): Promise<FileSystemUnderTest> {
  await fileSystem.makeDirectory('/test');
  return { fileSystem, directory: '/test', remove: () => fileSystem.removeTree('/test') };
}

fileSystemConformance('NodeFileSystem', () => onDisk(new NodeFileSystem()));
fileSystemConformance('CrashableFileSystem', () => inMemory(new CrashableFileSystem()));
fileSystemConformance('FaultyFileSystem without faults, on disk', () =>
  onDisk(new FaultyFileSystem(new NodeFileSystem())),
);
fileSystemConformance('FaultyFileSystem without faults, in memory', () =>
  inMemory(new FaultyFileSystem(new CrashableFileSystem())),
);
