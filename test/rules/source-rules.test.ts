import { describe, expect, it } from 'vitest';
import {
  filesAreNamedInKebabCase,
  filesHoldOneIdea,
  importCycles,
  importsFollowTheLayers,
  noBarrels,
  nothingIsLeftForLater,
  onlyTheCommandLinePrints,
  packagesStayInTheirHomes,
  theOutsideIsReachedThroughEnv,
  type Rule,
} from './rules.js';
import { parseSource, readSourceTree } from './source-tree.js';

const files = readSourceTree();
const violations = (rule: Rule): string[] => files.flatMap(rule);

describe('the source tree', () => {
  it('imports only along the layers', () => {
    expect(violations(importsFollowTheLayers)).toEqual([]);
  });
  it('has no import cycles', () => {
    expect(importCycles(files)).toEqual([]);
  });
  it('reaches files, clocks, timers and chance only through env/', () => {
    expect(violations(theOutsideIsReachedThroughEnv)).toEqual([]);
  });
  it('imports each package in one place', () => {
    expect(violations(packagesStayInTheirHomes)).toEqual([]);
  });
  it('prints only in cli/', () => {
    expect(violations(onlyTheCommandLinePrints)).toEqual([]);
  });
  it('leaves nothing for later', () => {
    expect(violations(nothingIsLeftForLater)).toEqual([]);
  });
  it('has no barrels', () => {
    expect(violations(noBarrels)).toEqual([]);
  });
  it('names files in kebab-case', () => {
    expect(violations(filesAreNamedInKebabCase)).toEqual([]);
  });
  it('keeps files to one idea', () => {
    expect(violations(filesHoldOneIdea)).toEqual([]);
  });
});

describe('the rules themselves', () => {
  const found = (rule: Rule, path: string, text: string): number => rule(parseSource(path, text)).length;

  it('see an import up the layers, also of a type, a dynamic one and a re-export', () => {
    expect(found(importsFollowTheLayers, 'lsm/tree.ts', "import type { A } from '../store/a.js';")).toBe(1);
    expect(found(importsFollowTheLayers, 'lsm/tree.ts', "await import('../store/a.js');")).toBe(1);
    expect(found(importsFollowTheLayers, 'lsm/tree.ts', "export { a } from '../log/a.js';")).toBe(1);
    expect(found(importsFollowTheLayers, 'lsm/tree.ts', "import { a } from '../base/a.js';")).toBe(0);
    expect(found(importsFollowTheLayers, 'somewhere/tree.ts', '')).toBe(1);
  });

  it('see the outside world', () => {
    const outside = (text: string): number => found(theOutsideIsReachedThroughEnv, 'lsm/tree.ts', text);
    expect(outside("import { readFile } from 'node:fs/promises';")).toBe(1);
    expect(outside('const t = Date.now();')).toBe(1);
    expect(outside('const t = new Date();')).toBe(1);
    expect(outside('setTimeout(run, 5);')).toBe(1);
    expect(outside('const later = setImmediate;')).toBe(1);
    expect(outside('const r = Math.random();')).toBe(1);
    expect(outside('clock.setTimeout(5); const x = { Date: 1 }; y.performance = 2;')).toBe(0);
    expect(found(theOutsideIsReachedThroughEnv, 'env/clock.ts', 'Date.now()')).toBe(0);
  });

  it('see a package outside its home, and one without a home', () => {
    expect(found(packagesStayInTheirHomes, 'node/node.ts', "import Koa from 'koa';")).toBe(1);
    expect(found(packagesStayInTheirHomes, 'http/server.ts', "import Koa from 'koa';")).toBe(0);
    expect(found(packagesStayInTheirHomes, 'http/server.ts', "import x from 'left-pad';")).toBe(1);
    expect(found(packagesStayInTheirHomes, 'node/node.ts', "createRequire(import.meta.url)('koa');")).toBe(1);
  });

  it('see a cycle', () => {
    const a = parseSource('lsm/a.ts', "import './b.js';");
    const b = parseSource('lsm/b.ts', "import './c.js';");
    const c = parseSource('lsm/c.ts', "import './a.js';");
    expect(importCycles([a, b, c])).toEqual(['lsm/a.ts -> lsm/b.ts -> lsm/c.ts -> lsm/a.ts']);
    expect(importCycles([a, b])).toEqual([]);
  });

  it('see console, marks, barrels and bad names', () => {
    expect(found(onlyTheCommandLinePrints, 'lsm/a.ts', 'console.log(1)')).toBe(1);
    expect(found(nothingIsLeftForLater, 'lsm/a.ts', '// TO' + 'DO: later')).toBe(1);
    expect(found(noBarrels, 'lsm/a.ts', "export * from './b.js';")).toBe(1);
    expect(found(filesAreNamedInKebabCase, 'lsm/blockCache.ts', '')).toBe(1);
    expect(found(filesAreNamedInKebabCase, 'lsm/utils.ts', '')).toBe(1);
    expect(found(filesHoldOneIdea, 'lsm/a.ts', '\n'.repeat(401))).toBe(1);
  });
});
