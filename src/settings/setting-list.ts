import { definitions, type Settings } from './definitions.js';
import type { Setting } from './setting-kinds.js';

/** A setting under all its names. */
export interface NamedSetting {
  readonly section: keyof Settings;
  readonly name: string;
  /** `section.name`, as in the settings file. */
  readonly key: string;
  /** On the command line, without its dashes. */
  readonly flag: string;
  /** The environment variable. */
  readonly variable: string;
  readonly setting: Setting<unknown>;
}

/** All settings in the order of the settings file. */
export const settingList: readonly NamedSetting[] = Object.entries(definitions).flatMap(([section, settings]) =>
  Object.entries(settings as Readonly<Record<string, Setting<unknown>>>).map(([name, setting]) => {
    const flag = setting.flag ?? section + name.charAt(0).toUpperCase() + name.slice(1);
    return {
      section: section as keyof Settings,
      name,
      key: `${section}.${name}`,
      flag,
      variable: variableOf(flag),
      setting,
    };
  }),
);

/** `zooKeeperSessionTimeout` is `CORECACHE_ZOOKEEPER_SESSION_TIMEOUT`: ZooKeeper is one word to everybody. */
function variableOf(flag: string): string {
  const words = flag.replace(/^zooKeeper/, 'zookeeper').replace(/[A-Z]/g, (letter) => `_${letter}`);
  return `CORECACHE_${words.toUpperCase()}`;
}
