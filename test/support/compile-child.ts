import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import ts from 'typescript';

/**
 * Turns a program for a child process, and the modules beside it that it imports, into JavaScript in `directory`: Node 20
 * runs no TypeScript. Returns the path of the first.
 */
export async function compileChild(directory: string, sources: readonly URL[]): Promise<string> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
  const written: string[] = [];
  for (const source of sources) {
    const { outputText } = ts.transpileModule(await readFile(source, 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022 },
    });
    const path = join(directory, basename(source.pathname).replace(/\.ts$/, '.js'));
    await writeFile(path, outputText);
    written.push(path);
  }
  return written[0]!;
}
