import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderSettingsPage } from '../../src/settings/settings-page.js';
import { renderSettingsFile } from '../../src/settings/settings-file.js';
import { readSettings } from '../../src/settings/read-settings.js';
import { settingList } from '../../src/settings/setting-list.js';

const repositoryFile = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

describe('the settings file that ships', () => {
  it('is what the definitions say', () => {
    expect(repositoryFile('settings.toml')).toBe(renderSettingsFile());
  });

  it('changes no default', () => {
    const shared = { variables: {}, flags: {}, workingDirectory: '/here' };
    const file = { path: '/here/settings.toml', text: repositoryFile('settings.toml') };
    expect(readSettings({ ...shared, file })).toEqual(readSettings(shared));
  });
});

describe('the documentation of the settings', () => {
  it('is what the definitions say', () => {
    expect(repositoryFile('docs/settings.md')).toBe(renderSettingsPage());
  });
});

describe('the names of a setting', () => {
  it('are each its own', () => {
    for (const name of ['key', 'flag', 'variable'] as const) {
      expect(new Set(settingList.map((setting) => setting[name])).size).toBe(settingList.length);
    }
  });

  it('are the well-known ones where there are such', () => {
    const flags = settingList.map(({ flag }) => flag);
    expect(flags).toEqual(
      expect.arrayContaining(['host', 'port', 'dataDirectory', 'zooKeeperHost', 'zooKeeperPort', 'logDurability']),
    );
  });
});
