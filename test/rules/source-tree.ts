import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));
const sourceRoot = join(repositoryRoot, 'src');

export interface Import {
  /** As written: `node:fs`, `koa`, `../base/bytes.js`. */
  readonly specifier: string;
  /** Path below `src/` of the imported file; `undefined` for packages. */
  readonly target: string | undefined;
  readonly line: number;
}

export interface SourceFile {
  /** Path below `src/`, with forward slashes. */
  readonly path: string;
  /** First folder of the path; files in `src/` itself have the layer ''. */
  readonly layer: string;
  readonly syntax: ts.SourceFile;
  readonly imports: readonly Import[];
}

/** Every TypeScript file of `src/`, parsed, with what it imports. */
export function readSourceTree(): readonly SourceFile[] {
  return readdirSync(sourceRoot, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => parseSource(path.replaceAll('\\', '/'), readFileSync(join(sourceRoot, path), 'utf8')))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function parseSource(path: string, text: string): SourceFile {
  const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const slash = path.indexOf('/');
  return { path, layer: slash < 0 ? '' : path.slice(0, slash), syntax, imports: importsOf(path, syntax) };
}

export function lineOf(file: SourceFile, node: ts.Node): number {
  return file.syntax.getLineAndCharacterOfPosition(node.getStart()).line + 1;
}

/** The package of a specifier: `koa`, `@koa/router`, `node:fs/promises`. */
export function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!;
}

function importsOf(path: string, syntax: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = moduleSpecifier(node);
    if (specifier !== undefined) {
      const line = syntax.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      found.push({ specifier, target: targetOf(path, specifier), line });
    }
    ts.forEachChild(node, visit);
  };
  visit(syntax);
  return found;
}

function moduleSpecifier(node: ts.Node): string | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
    return (node.moduleSpecifier as ts.StringLiteral).text;
  }
  if (ts.isCallExpression(node) && (isImport(node.expression) || isRequire(node.expression))) {
    const argument = node.arguments[0];
    return argument && ts.isStringLiteral(argument) ? argument.text : '<computed>';
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return node.argument.literal.text;
  }
  return undefined;
}

function isImport(called: ts.Expression): boolean {
  return called.kind === ts.SyntaxKind.ImportKeyword;
}

/** `require`, or a call of what `createRequire` makes. */
function isRequire(called: ts.Expression): boolean {
  if (ts.isCallExpression(called)) return isNamed(called.expression, 'createRequire');
  return isNamed(called, 'require');
}

function isNamed(node: ts.Expression, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}

function targetOf(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const absolute = resolve(sourceRoot, dirname(path), specifier.replace(/\.js$/, '.ts'));
  return relative(sourceRoot, absolute).replaceAll('\\', '/');
}
