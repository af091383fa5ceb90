import { describe, expect, it } from 'vitest';
import { CoreCacheError } from '../../src/base/errors.js';
import { readSettings, type SettingsSources } from '../../src/settings/read-settings.js';

const read = (sources: Partial<SettingsSources>): ReturnType<typeof readSettings> =>
  readSettings({ variables: {}, flags: {}, workingDirectory: '/working', ...sources });
const fromFile = (text: string, more: Partial<SettingsSources> = {}): ReturnType<typeof readSettings> =>
  read({ file: { path: '/etc/corecache/settings.toml', text }, ...more });

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(CoreCacheError);
    expect((error as CoreCacheError).code).toBe('SETTINGS');
    return (error as CoreCacheError).message;
  }
  throw new Error('nothing was thrown');
}

describe('settings', () => {
  it('have defaults for everything, and are frozen', () => {
    const settings = read({});
    expect(settings.server).toMatchObject({ host: '127.0.0.1', port: { first: 8080, last: 8099 } });
    expect(settings.limits.valueBytesMax).toBe(16 * 1024 * 1024);
    expect(settings.node.stopGracePeriod).toBe(10_000);
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.server)).toBe(true);
  });

  it('come from the file, then the environment, then the flags', () => {
    const text = '[server]\nport = 1111\nhost = "file"\n[log]\nsyncInterval = "1s"\n';
    const variables = { CORECACHE_PORT: '2222', CORECACHE_HOST: 'variable' };
    const settings = fromFile(text, { variables, flags: { port: 3333 } });
    expect(settings.server).toMatchObject({ port: { first: 3333, last: 3333 }, host: 'variable' });
    expect(settings.log.syncInterval).toBe(1000);
  });

  it('take text in variables and flags for every kind', () => {
    const variables = { CORECACHE_ZOOKEEPER_SESSION_TIMEOUT: '5s', CORECACHE_COMPACTION_LEVEL_RATIO: '8' };
    const settings = read({ variables, flags: { cacheBytesMax: '1GiB', logDurability: 'os', port: '9000-9009' } });
    expect(settings.zooKeeper.sessionTimeout).toBe(5000);
    expect(settings.compaction.levelRatio).toBe(8);
    expect(settings.cache.bytesMax).toBe(1024 ** 3);
    expect(settings.log.durability).toBe('os');
    expect(settings.server.port).toEqual({ first: 9000, last: 9009 });
  });

  it('resolve a relative path against the file, or the working directory', () => {
    const text = '[node]\ndataDirectory = "d.1/x y"\n';
    expect(fromFile(text).node.dataDirectory).toBe('/etc/corecache/d.1/x y');
    expect(fromFile(text, { flags: { dataDirectory: 'here' } }).node.dataDirectory).toBe('/working/here');
    expect(read({ variables: { CORECACHE_DATA_DIRECTORY: '/abs' } }).node.dataDirectory).toBe('/abs');
    expect(read({}).node.dataDirectory).toBe('/working/data/node');
  });

  it.each(['h', 'h1:2181,h2:2182', 'h1,h2', 'zk.example.org:2181'])('take ZooKeeper hosts as %s', (host) => {
    expect(read({ flags: { zooKeeperHost: host } }).zooKeeper.host).toBe(host);
  });

  it.each([
    [
      'a value without unit',
      '[cache]\n\nbytesMax = 64\n',
      ':3: cache.bytesMax is 64; expected a whole number and a unit',
    ],
    ['an unknown unit', '[cache]\nbytesMax = "64MB"', ':2: cache.bytesMax is "64MB"; expected'],
    [
      'a value out of range',
      '[server]\nconnectionsMax = 0',
      ':2: server.connectionsMax is 0; expected a whole number from 1',
    ],
    ['a fraction', '[table]\nbloomBitsPerKey = 1.5', ':2: table.bloomBitsPerKey is 1.5'],
    ['another choice', '[log]\ndurability = "sometimes"', 'expected one of "fsync", "interval", "os"'],
    ['a port out of range', '[server]\nport = 70000', ':2: server.port is 70000; expected a port from 1 to 65535'],
    ['a range backwards', '[server]\nport = "90-80"', 'server.port'],
    ['a list', '[server]\nhost = ["a"]', ':2: server.host is not a single value'],
    ['an unknown key', '[server]\n# prot\nprot = 1', ':3: server.prot is not a setting; did you mean port?'],
    [
      'a key of another section',
      '[cache]\ncompression = "small"',
      ':2: cache.compression is not a setting; did you mean table.compression?',
    ],
    [
      'an unknown key that resembles none',
      '[cache]\nbanana = 1',
      ':2: cache.banana is not a setting; expected one of bytesMax',
    ],
    ['an unknown section', '[sever]\nport = 1', ':1: [sever] is not a section; did you mean server?'],
    ['a key outside a section', 'port = 1', ':1: [port] is not a section'],
    ['a section with a value', 'server = 1', ':1: server is a section'],
    ['what is not TOML', '[server]\nport = = 1', ':2: not TOML'],
    ['a dotted key', 'cache.bytesMax = true', ':1: cache.bytesMax is true'],
  ])('refuse %s in the file with its line', (_, text, message) => {
    const told = messageOf(() => fromFile(text));
    expect(told).toContain('/etc/corecache/settings.toml:');
    expect(told).toContain(message);
  });

  it.each([
    [{ CORECACHE_PORT: 'tcp://10.0.0.1:80' }, 'environment variable CORECACHE_PORT: server.port is'],
    [{ CORECACHE_PROT: '1' }, 'CORECACHE_PROT is not a setting; did you mean CORECACHE_PORT?'],
    [{ CORECACHE_CACHE_SIZE: '1MiB' }, 'CORECACHE_CACHE_SIZE is not a setting'],
  ])('refuse variables such as %j', (variables, message) => {
    expect(messageOf(() => read({ variables }))).toContain(message);
  });

  it('leave variables alone that are not meant for them', () => {
    const variables = {
      CORECACHE_SERVICE_HOST: '10.0.0.1',
      CORECACHE_URL: 'http://x',
      PATH: '/bin',
      CORECACHE_SKIP_BUILD: '1',
    };
    expect(() => read({ variables })).not.toThrow();
  });

  it('refuse flags with a hint', () => {
    expect(messageOf(() => read({ flags: { zookeeperHosts: 'a' } }))).toContain('did you mean --zooKeeperHost?');
    expect(messageOf(() => read({ flags: { port: 'http' } }))).toContain('--port: server.port is "http"');
  });

  it.each([
    [
      'level0TablesSlow',
      30,
      'compaction.level0TablesSlow (--compactionLevel0TablesSlow) must not be above compaction.level0TablesStop (its default)',
    ],
    ['level0TablesCompact', 13, 'level0TablesCompact'],
    ['pendingBytesSlow', '9GiB', 'pendingBytesSlow'],
  ])('must fit together: %s = %s', (name, value, message) => {
    const flag = `compaction${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    expect(messageOf(() => read({ flags: { [flag]: value } }))).toContain(message);
  });
});
