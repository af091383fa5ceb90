import ts from 'typescript';
import { lineOf, packageOf, type SourceFile } from './source-tree.js';

/** What a layer may import, besides itself. Each line reads: this folder may import those. Nothing else is allowed. */
export const layers: Readonly<Record<string, readonly string[]>> = {
  base: [],
  env: ['base'],
  protocol: ['base'],
  settings: ['base'],
  log: ['env', 'base'],
  lsm: ['env', 'base'],
  coordination: ['env', 'base'],
  client: ['protocol', 'env', 'base'],
  store: ['log', 'lsm', 'env', 'base'],
  level: ['store', 'base'],
  node: ['store', 'coordination', 'settings', 'protocol', 'env', 'base'],
  http: ['node', 'store', 'settings', 'protocol', 'env', 'base'],
  cli: ['http', 'node', 'client', 'store', 'log', 'lsm', 'coordination', 'settings', 'protocol', 'env', 'base'],
  // The package's entries.
  '': ['level', 'store', 'base'],
};

/** Packages and the one place that may import them. */
export const packageHomes: Readonly<Record<string, string>> = {
  koa: 'http/',
  '@koa/router': 'http/',
  'prom-client': 'http/',
  yargs: 'cli/',
  'cli-progress': 'cli/',
  'node-zookeeper-client': 'coordination/',
  'abstract-level': 'level/',
  'bloom-filters': 'lsm/sstable/index/',
  snappy: 'lsm/sstable/codec/',
  'smol-toml': 'settings/',
  'fs-native-extensions': 'env/',
  koffi: 'env/',
  pino: 'env/',
};

/** Built-in modules that reach the outside world, and so belong to `env/`. */
const outsideModules = new Set([
  'node:fs',
  'node:fs/promises',
  'node:timers',
  'node:timers/promises',
  'node:worker_threads',
  'node:perf_hooks',
  'node:child_process',
  'node:crypto',
  'node:os',
]);

const outsideGlobals = new Set([
  'Date',
  'performance',
  'crypto',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
]);

const outsideMembers = new Set(['Math.random', 'AbortSignal.timeout', 'process.hrtime', 'process.nextTick']);

export type Rule = (file: SourceFile) => string[];

export const importsFollowTheLayers: Rule = (file) => {
  const allowed = layers[file.layer];
  if (!allowed)
    return [`${file.path}: folder ${file.layer}/ is not a layer; name it in the layers of test/rules/rules.ts`];
  return file.imports.flatMap(({ target, line }) => {
    if (target === undefined) return [];
    const layer = target.includes('/') ? target.slice(0, target.indexOf('/')) : '';
    if (layer === file.layer || allowed.includes(layer)) return [];
    return [
      `${file.path}:${line}: ${file.layer}/ may not import ${layer}/; it may import ${allowed.join(', ') || 'nothing'}`,
    ];
  });
};

export const packagesStayInTheirHomes: Rule = (file) =>
  file.imports.flatMap(({ specifier, target, line }) => {
    if (target !== undefined || specifier.startsWith('node:')) return [];
    const home = packageHomes[packageOf(specifier)];
    if (home === undefined) return [`${file.path}:${line}: ${specifier} has no home; give it one in packageHomes`];
    return file.path.startsWith(home)
      ? []
      : [`${file.path}:${line}: ${specifier} is imported in src/${home} only; ask that folder`];
  });

export const theOutsideIsReachedThroughEnv: Rule = (file) => {
  if (file.layer === 'env') return [];
  const found = file.imports
    .filter(({ specifier }) => outsideModules.has(specifier))
    .map(
      ({ specifier, line }) => `${file.path}:${line}: ${specifier} belongs to src/env; take it from the Environment`,
    );
  forEachNode(file.syntax, (node) => {
    const name = outsideName(node);
    if (name)
      found.push(`${file.path}:${lineOf(file, node)}: ${name} belongs to src/env; take it from the Environment`);
  });
  return found;
};

export const onlyTheCommandLinePrints: Rule = (file) => {
  const found: string[] = [];
  if (file.layer === 'cli') return found;
  forEachNode(file.syntax, (node) => {
    if (ts.isIdentifier(node) && node.text === 'console' && isReference(node)) {
      found.push(`${file.path}:${lineOf(file, node)}: console is for src/cli; use the Environment's logger`);
    }
  });
  return found;
};

export const nothingIsLeftForLater: Rule = (file) =>
  file.syntax.text.split('\n').flatMap((text, index) => {
    const mark = /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|nocheck)|eslint-disable/.exec(text);
    return mark ? [`${file.path}:${index + 1}: ${mark[0]}: do it now, or write down why not in docs/`] : [];
  });

export const noBarrels: Rule = (file) =>
  file.layer !== '' && /^export \* from/m.test(file.syntax.text)
    ? [`${file.path}: re-exports a whole module; import from the file that defines the name`]
    : [];

export const filesAreNamedInKebabCase: Rule = (file) =>
  /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(file.path) &&
  !/(^|\/)(utils?|helpers?|types|index)\.ts$/.test(file.path)
    ? []
    : [`${file.path}: name the file in kebab-case for what it exports`];

export const filesHoldOneIdea: Rule = (file) => {
  const lines = file.syntax.text.split('\n').length;
  return lines > 400 ? [`${file.path}: ${lines} lines; look for the seam (400 at most)`] : [];
};

/** Every way round from a file back to itself, each named once. */
export function importCycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) {
      cycles.push([...trail.slice(seenAt), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    for (const { target } of byPath.get(path)?.imports ?? []) if (target !== undefined) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const file of files) visit(file.path, []);
  return cycles;
}

function forEachNode(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => forEachNode(child, visit));
}

function outsideName(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const name = `${node.expression.text}.${node.name.text}`;
    if (outsideMembers.has(name)) return name;
  }
  return ts.isIdentifier(node) && outsideGlobals.has(node.text) && isReference(node) ? node.text : undefined;
}

/** True for an identifier that names a value in scope, not a member, a declaration, a type or a key of the same spelling. */
function isReference(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent)) return parent.getChildAt(0) === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isTypeReferenceNode(parent) || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  if (ts.isPropertySignature(parent) || ts.isMethodSignature(parent)) return false;
  if (ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent)) return parent.name !== node;
  if (ts.isParameter(parent) || ts.isVariableDeclaration(parent) || ts.isBindingElement(parent))
    return parent.initializer === node;
  if (ts.isGetAccessorDeclaration(parent) || ts.isSetAccessorDeclaration(parent)) return false;
  return !ts.isFunctionDeclaration(parent) && !ts.isEnumMember(parent);
}
