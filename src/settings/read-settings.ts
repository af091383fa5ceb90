import { resolve } from 'node:path';
import { CoreCacheError } from '../base/errors.js';
import { checkRelations } from './check-relations.js';
import { closestTo } from './closest-name.js';
import { definitions, type Settings } from './definitions.js';
import type { Given } from './given-value.js';
import type { GivenValue } from './setting-kinds.js';
import { settingList, type NamedSetting } from './setting-list.js';
import { readSettingsFile } from './settings-file.js';

const PREFIX = 'CORECACHE_';

export interface SettingsSources {
  /** The settings file and its text; absent when there is none. */
  readonly file?: { readonly path: string; readonly text: string } | undefined;
  /** Such as `process.env`; only names that begin with `CORECACHE_` are looked at. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** By flag name without dashes, such as `zooKeeperHost`. A flag that is `undefined` was not given. */
  readonly flags: Readonly<Record<string, GivenValue | undefined>>;
  /** Absolute. Relative paths in variables and flags, and in defaults without a file, are meant from here. */
  readonly workingDirectory: string;
}

/**
 * Settings from the file, over it the environment, over it the flags. Relative paths of the file are meant from the
 * file's own folder, so that a node finds its data wherever it is started from.
 *
 * @throws CoreCacheError `SETTINGS` naming the file and line, variable or flag, what was wrong and what is allowed
 */
export function readSettings(sources: SettingsSources): Settings {
  const given = new Map<string, Given>();
  if (sources.file !== undefined) readSettingsFile(sources.file, given);
  readVariables(sources, given);
  readFlags(sources, given);
  const result: Record<string, Record<string, unknown>> = {};
  for (const section of Object.keys(definitions)) result[section] = {};
  for (const named of settingList) {
    const section = result[named.section];
    if (section !== undefined) section[named.name] = valueOf(named, given.get(named.key), sources.workingDirectory);
  }
  const settings = result as Settings;
  checkRelations(settings, (key) => given.get(key)?.place ?? 'its default');
  for (const section of Object.values(settings)) Object.freeze(section);
  return Object.freeze(settings);
}

function valueOf(named: NamedSetting, given: Given | undefined, workingDirectory: string): unknown {
  const { setting, key } = named;
  if (given === undefined) {
    return setting.isPath === true ? resolve(workingDirectory, String(setting.default)) : setting.default;
  }
  const value = setting.parse(given.value);
  if (value === undefined) {
    throw new CoreCacheError(
      'SETTINGS',
      `${given.place}: ${key} is ${JSON.stringify(given.value)}; expected ${setting.allowed}`,
      { data: { key, place: given.place } },
    );
  }
  return typeof value === 'string' && setting.isPath === true ? resolve(given.folder, value) : value;
}

/**
 * Variables that look like settings but are none are errors: those that begin with `CORECACHE_` and a section, and near
 * misses of a name. Others are left alone: orchestrators put names such as `CORECACHE_SERVICE_HOST` there on their own.
 */
function readVariables({ variables, workingDirectory }: SettingsSources, given: Map<string, Given>): void {
  const byVariable = new Map(settingList.map((named) => [named.variable, named]));
  const sections = Object.keys(definitions).map((section) => `${PREFIX}${section.toUpperCase()}_`);
  for (const [variable, value] of Object.entries(variables)) {
    if (!variable.startsWith(PREFIX) || value === undefined) continue;
    const named = byVariable.get(variable);
    if (named !== undefined) {
      given.set(named.key, { value, place: `environment variable ${variable}`, folder: workingDirectory });
      continue;
    }
    const suggestion = closestVariable(variable, byVariable.keys());
    if (suggestion === undefined && !sections.some((section) => variable.startsWith(section))) continue;
    throw unknownName(`environment variable ${variable}`, 'is not a setting', suggestion);
  }
}

/** What all names begin with says nothing about which one was meant. */
function closestVariable(variable: string, names: Iterable<string>): string | undefined {
  const closest = closestTo(
    variable.slice(PREFIX.length),
    [...names].map((name) => name.slice(PREFIX.length)),
  );
  return closest === undefined ? undefined : PREFIX + closest;
}

function readFlags({ flags, workingDirectory }: SettingsSources, given: Map<string, Given>): void {
  const byFlag = new Map(settingList.map((named) => [named.flag, named]));
  for (const [flag, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const named = byFlag.get(flag);
    if (named === undefined) throw unknownName(`--${flag}`, 'is not a setting', closestTo(flag, byFlag.keys()), '--');
    given.set(named.key, { value, place: `--${flag}`, folder: workingDirectory });
  }
}

function unknownName(place: string, what: string, suggestion: string | undefined, mark = ''): CoreCacheError {
  const hint = suggestion === undefined ? '' : `; did you mean ${mark}${suggestion}?`;
  return new CoreCacheError('SETTINGS', `${place} ${what}${hint}`, { data: { place } });
}
