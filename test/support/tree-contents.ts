import { join } from 'node:path';
import type { FileSystem } from '../../src/env/file-system.js';

/** Every file of a database directory by its path, with its bytes in base64. */
export async function treeContents(fileSystem: FileSystem, directory: string): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const path of await filesIn(fileSystem, directory)) {
    contents[path] = Buffer.from(await fileSystem.readFile(path)).toString('base64');
  }
  return contents;
}

/** Paths of the files of a database directory, which is two levels deep. */
export async function filesIn(fileSystem: FileSystem, directory: string): Promise<string[]> {
  const paths: string[] = [];
  for (const name of await fileSystem.list(directory)) {
    const path = join(directory, name);
    if (name === 'log' || name.startsWith('partition-')) {
      for (const inner of await fileSystem.list(path)) paths.push(join(path, inner));
    } else {
      paths.push(path);
    }
  }
  return paths;
}
