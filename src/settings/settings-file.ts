import { dirname } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { CoreCacheError } from '../base/errors.js';
import { closestTo } from './closest-name.js';
import { definitions, sectionDescriptions, type Settings } from './definitions.js';
import type { Given } from './given-value.js';
import type { GivenValue } from './setting-kinds.js';
import { settingList } from './setting-list.js';

/**
 * Puts every setting of the file into `given`.
 * @throws CoreCacheError `SETTINGS` with file and line for what is not TOML, not a section or not a setting
 */
export function readSettingsFile(
  file: { readonly path: string; readonly text: string },
  given: Map<string, Given>,
): void {
  const folder = dirname(file.path);
  for (const [section, content] of Object.entries(parseToml(file))) {
    const names = settingList.filter((named) => named.section === section).map((named) => named.name);
    if (names.length === 0) {
      const place = `${file.path}:${lineOf(file.text, section, undefined)}`;
      throw unknown(place, `[${section}] is not a section`, section, Object.keys(definitions));
    }
    if (typeof content !== 'object' || content === null || Array.isArray(content)) {
      const place = `${file.path}:${lineOf(file.text, section, undefined)}`;
      throw new CoreCacheError('SETTINGS', `${place}: ${section} is a section; write [${section}] above its settings`);
    }
    for (const [name, value] of Object.entries(content)) {
      const place = `${file.path}:${lineOf(file.text, section, name)}`;
      if (!names.includes(name)) throw unknown(place, `${section}.${name} is not a setting`, name, names);
      given.set(`${section}.${name}`, { value: scalar(value, place, `${section}.${name}`), place, folder });
    }
  }
}

/** The settings file that ships: every setting at its default, with its unit and one line about it. */
export function renderSettingsFile(): string {
  const lines = [
    '# Settings of CoreCache. Each is shown at its default, with its unit.',
    '# Environment variables (CORECACHE_PORT) override this file, flags (--port) override both; docs/settings.md has all names.',
  ];
  for (const section of Object.keys(definitions) as (keyof Settings)[]) {
    lines.push('', `# ${sectionDescriptions[section]}`, `[${section}]`);
    for (const { name, setting, section: of } of settingList) {
      if (of !== section) continue;
      lines.push(`# ${setting.description} (${setting.unit})`, `${name} = ${setting.render(setting.default)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function parseToml({ path, text }: { readonly path: string; readonly text: string }): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const problem = error.message.split('\n')[0] ?? '';
    const message = `${path}:${error.line}: ${problem.replace(/^Invalid TOML document: /, 'not TOML: ')}`;
    throw new CoreCacheError('SETTINGS', message, { data: { place: `${path}:${error.line}` }, cause: error });
  }
}

function scalar(value: unknown, place: string, key: string): GivenValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  const allowed = settingList.find((named) => named.key === key)?.setting.allowed ?? '';
  throw new CoreCacheError('SETTINGS', `${place}: ${key} is not a single value; expected ${allowed}`, {
    data: { key, place },
  });
}

/** Line, from 1, on which the section, or its setting, is written: as `[section]` and `name =`, or `section.name =`. */
function lineOf(text: string, section: string, name: string | undefined): number {
  let current = '';
  let sectionLine = 1;
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[\s*["']?([^\]"']+?)["']?\s*\]/.exec(line)?.[1];
    if (header !== undefined) current = header;
    const key = /^\s*([^#=]+?)\s*=/.exec(line)?.[1]?.replaceAll(/["'\s]/g, '');
    const written = key === undefined || current === '' ? key : `${current}.${key}`;
    const isOfSection = header === section || written === section || written?.startsWith(`${section}.`) === true;
    if (name === undefined ? isOfSection : written === `${section}.${name}`) return index + 1;
    if (isOfSection && sectionLine === 1) sectionLine = index + 1;
  }
  return sectionLine;
}

function unknown(place: string, what: string, name: string, allowed: readonly string[]): CoreCacheError {
  const suggestion = closestTo(name, allowed);
  const meant = suggestion ?? settingList.find((setting) => setting.name === name)?.key;
  const hint = meant === undefined ? `expected one of ${allowed.join(', ')}` : `did you mean ${meant}?`;
  return new CoreCacheError('SETTINGS', `${place}: ${what}; ${hint}`, { data: { place } });
}
